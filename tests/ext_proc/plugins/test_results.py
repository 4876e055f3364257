"""A reader is let through with what it may see, decided by the processor alone."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from ext_proc.identifiers import OwnedId
from ext_proc.plugins.results import ResultsPlugin
from ext_proc.reply import Reply
from ext_proc.results.reader.subscription import Filter, NotFromGateway, Subscription
from ext_proc.results.route import ResultsSettings
from tests.ext_proc.test_filters import asked_by
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


async def _subscribed(
    processor: Processor, *, query: str = "", owned: OwnedId | None = None, **settings: Any
) -> Subscription | Reply:
    plugin = ResultsPlugin(ResultsSettings.model_validate({"topic": "rag.results", **settings}), processor.services)
    exchange = replace(asked_by("standard"), query=query, id=owned)
    refused = await plugin.on_headers(exchange)
    return refused or Subscription.parse(dict(exchange.upstream))


async def test_defaults_are_secure(processor: Processor) -> None:
    """Nothing but a topic said: the reader's own records, signed by Sluice, of all keys."""
    found = await _subscribed(processor)
    assert isinstance(found, Subscription)
    assert (found.key, found.owner, found.signed, found.filters, found.start) == (None, True, True, (), "earliest")
    assert (found.ends, found.unseen, found.missing, found.known_by) == (False, 0.0, "wait", "")


async def test_every_setting_is_handed_on(processor: Processor) -> None:
    """What the route declares is what the results server is told, with its templates filled."""
    settings: dict[str, Any] = {
        "key": "{path.shop}#1",
        "partition_key": "{path.shop}",
        "known_by": "rag.queries",
        "unseen": 7,
        "owner": False,
        "signed": False,
        "filters": [
            {"header": "region", "in": ["eu", "{identity.subject}"]},
            {"header": "tier", "tier_at_least": True},
        ],
        "start": "latest",
        "only": ["done"],
        "named": False,
        "ends": False,
        "challenge": True,
    }
    expected = Subscription(
        topic="rag.results",
        key="s1#1",
        partition_key="s1",
        user_id="alice",
        tier="standard",
        known_by="rag.queries",
        unseen=7.0,
        owner=False,
        signed=False,
        filters=(
            Filter(header="region", values=frozenset({"eu", "alice"})),
            Filter(header="tier", values=frozenset({"free", "standard"})),
        ),
        start="latest",
        only=("done",),
        named=False,
        ends=False,
        challenge=True,
    )
    assert expected == await _subscribed(processor, **settings)


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("", "latest"),
        ("since=", "latest"),
        ("since=0", 0),
        ("a=b&since=1970-01-01T00:00:01Z", 1000),
        ("since=1970-01-01T02:00:01+02:00", 1000),
        ("since=1970-01-01T02%3A00%3A01%2B02%3A00", 1000),
    ],
)
async def test_since(processor: Processor, query: str, start: object) -> None:
    """The client may say from when on it wants a topic."""
    found = await _subscribed(processor, query=query, start="latest")
    assert isinstance(found, Subscription)
    assert start == found.start


async def test_an_issued_id_says_itself_since_when(processor: Processor) -> None:
    """Where the key is an issued id there is nothing to choose; where it is a chosen one there is."""
    for issued_at, start in ((99, "earliest"), (None, 5)):
        owned = OwnedId(value="v", key="k", issued_at=issued_at)
        found = await _subscribed(processor, query="since=5", key="{id.key}", owned=owned)
        assert isinstance(found, Subscription)
        assert (found.start, found.since) == (start, issued_at)


@pytest.mark.parametrize(
    ("query", "settings", "detail"),
    [
        ("since=yesterday", {}, "since is neither ISO 8601 nor milliseconds since the epoch."),
        ("", {"key": "{header.shop}"}, "header.shop is needed."),
        ("", {"filters": [{"header": "x", "equals": "{header.shop}"}]}, "header.shop is needed."),
    ],
)
async def test_a_bad_request(processor: Processor, query: str, settings: dict[str, Any], detail: str) -> None:
    """What the request lacks, or says wrong, is 400."""
    refused = await _subscribed(processor, query=query, **settings)
    assert isinstance(refused, Reply)
    assert (refused.status, orjson.loads(refused.body)["detail"]) == (400, detail)


@pytest.mark.parametrize("settings", [{"known_by": "rag.queries"}, {"partition_key": "a"}])
def test_a_whole_topic_has_no_key(processor: Processor, settings: dict[str, str]) -> None:
    """What says something of a key needs one."""
    with pytest.raises(ValueError, match="there is none"):
        ResultsPlugin(ResultsSettings.model_validate({"topic": "rag.results", **settings}), processor.services)


def test_needs(processor: Processor) -> None:
    """Every template's needs are the plugin's."""
    settings = {"topic": "rag.results", "filters": [{"header": "x", "equals": "{id.value}"}]}
    plugin = ResultsPlugin(ResultsSettings.model_validate(settings), processor.services)
    assert plugin.needs == {"identity", "id"}
