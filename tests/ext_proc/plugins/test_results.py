"""A reader is let through with what it may see, decided by the processor alone."""

import pytest

from ext_proc.plugins.results import ResultsPlugin, ResultsSettings
from ext_proc.results.reader.subscription import NotFromGateway, Subscription
from tests.fixtures.processor import CLAIMS, Processor


async def test_a_reader_goes_upstream_with_its_subscription(processor: Processor) -> None:
    """The headers say topic, key and owner, and carry the mark without which Envoy lets nothing through."""
    posted = await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "sub": "zoë & co"})
    passed = await processor.ask("GET", posted.document["results_url"], claims={**CLAIMS, "sub": "zoë & co"})
    assert passed.status is None
    assert passed.headers["x-gateway-verified"] == "1"
    subscription = Subscription.parse(passed.headers)
    assert subscription.topic == "rag.results"
    assert subscription.known_by == "rag.queries"
    assert subscription.user_id == "zoë & co"
    assert subscription.query_id == posted.document["query_id"]
    assert subscription.missing == "wait"
    assert subscription.since == int(posted.document["query_id"][:12], 16)
    assert subscription.expires == CLAIMS["exp"]


async def test_a_chosen_id_must_be_known(processor: Processor) -> None:
    """Nothing says when a chosen id was made, so one that nobody has seen is not waited for."""
    passed = await processor.ask("GET", "/results/mine")
    subscription = Subscription.parse(passed.headers)
    assert (subscription.since, subscription.missing) == (None, "not-found")


def test_a_request_without_the_processor_is_refused() -> None:
    """The results server takes no request that lacks the processor's headers."""
    with pytest.raises(NotFromGateway, match="x-gateway-subscription"):
        Subscription.parse({})


@pytest.mark.parametrize("settings", [{"topic": "nowhere"}, {"topic": "rag.results", "known_by": "nowhere"}])
def test_an_undeclared_topic_stops_the_start(processor: Processor, settings: dict[str, str]) -> None:
    """Both topics must be declared."""
    with pytest.raises(ValueError, match="nowhere"):
        ResultsPlugin(ResultsSettings.model_validate({"key": "{id.key}", **settings}), processor.services)
