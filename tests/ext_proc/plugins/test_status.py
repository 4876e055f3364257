"""A question after a query's state is let through with what it is about, decided by the processor alone."""

from typing import Any

import pytest

from ext_proc.plugins.status import StatusPlugin
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.route import StatusSettings
from tests.fixtures.processor import CLAIMS, Processor


async def test_a_question_goes_upstream(processor: Processor) -> None:
    """The header says topics, key, owner and the longest wait, and that a state is wanted."""
    posted = await processor.ask("POST", "/queries", {"question": "Why?"})
    query_id = posted.document["query_id"]
    passed = await processor.ask("GET", f"/queries/{query_id}")
    assert (passed.status, passed.headers["x-gateway-verified"]) == (None, "1")
    assert Subscription.parse(passed.headers) == Subscription(
        view="status",
        topic="rag.results",
        known_by="rag.queries",
        answers="rag.answers",
        key=query_id,
        query_id=query_id,
        since=int(query_id[:12], 16),
        user_id=CLAIMS["sub"],
        tier="free",
        expires=CLAIMS["exp"],
        wait=60,
    )


async def test_a_chosen_id_has_no_time(processor: Processor) -> None:
    """Nothing says when it was made, and its key is its owner's own."""
    passed = await processor.ask("GET", "/queries/mine")
    wants = Subscription.parse(passed.headers)
    assert (wants.since, wants.query_id) == (None, "mine")
    assert wants.key != "mine"


async def test_anothers_id_is_404(processor: Processor) -> None:
    """Like an id that never existed, and decided here, so that it takes as long."""
    posted = await processor.ask("POST", "/queries", {"question": "Why?"})
    path = f"/queries/{posted.document['query_id']}"
    theirs = await processor.ask("GET", path, claims={**CLAIMS, "sub": "bob"})
    never = await processor.ask("GET", f"{path[:-3]}xyz", claims={**CLAIMS, "sub": "bob"})
    own = {"instance": "", "trace_id": ""}
    assert (theirs.status, never.status) == (404, 404)
    assert {**theirs.document, **own} == {**never.document, **own}


@pytest.mark.parametrize("name", ["topic", "known_by", "answers"])
def test_an_undeclared_topic_stops_the_start(processor: Processor, name: str) -> None:
    """Every topic must be declared."""
    settings: dict[str, Any] = {"topic": "rag.results", "known_by": "rag.queries", "key": "k", name: "nowhere"}
    with pytest.raises(ValueError, match="nowhere"):
        StatusPlugin(StatusSettings.model_validate(settings), processor.services)


def test_a_wait_that_envoy_would_cut_stops_the_start(processor: Processor) -> None:
    """Nobody may be promised more than the edge holds a silent answer open."""
    settings = StatusSettings(topic="rag.results", known_by="rag.queries", key="k", wait=3600)
    with pytest.raises(ValueError, match="3600"):
        StatusPlugin(settings, processor.services)
