"""A request with an Idempotency-Key is carried out once, whichever replica is asked, and however often."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from bus.records import Record
from ext_proc.idempotency.table import SKEW
from schemas.envelope import Caller, Envelope
from schemas.idempotency import Claimed, Fulfilled, Origin, Released, Written, encode_idempotency
from schemas.signature import Signer
from tests.fixtures.processor import CLAIMS, JSON, Outcome, Processor
from tests.fixtures.replicas import Replica, Site, until
from tests.fixtures.settings import changed, declared

TOPIC = "rag.idempotency"
SUBMITTED = "rag.query.submitted.v1"
LEASE, KEPT = 15_000, 86_400_000  # ms
REPLAYED = "idempotent-replayed"


async def ask(
    replica: Replica,
    question: str = "Why?",
    *,
    key: str = "k",
    request: str = "",
    sub: str = "alice",
    more: Mapping[str, Any] | None = None,
) -> Outcome:
    """A question under a key; `request` is Envoy's id, which is another one each time unless it is given."""
    headers = {**JSON, "idempotency-key": key, **({"x-request-id": request} if request else {})}
    body = {"question": question, **(more or {})}
    return await replica.processor.ask("POST", "/queries", body, headers=headers, claims={**CLAIMS, "sub": sub})


async def keys_of(replica: Replica) -> list[bytes | None]:
    """The keys of all queries that were written."""
    return [record.key for record in await replica.processor.records("rag.queries")]


async def written(processor: Processor, kind: str) -> int:
    """How many records of that type are in the topic of keys."""
    return sum(record.header("ce_type") == kind for record in await processor.records(TOPIC))


async def test_a_retry_gets_the_answer_from_any_replica() -> None:
    """Byte for byte, with the same ticket, and nothing is written a second time; the header says which it is."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        first = await ask(one)
        site.clock.now += 3000
        again = [await ask(replica) for replica in (two, one)]
        assert first.status == 202
        assert REPLAYED not in first.headers
        for answer in again:
            assert (answer.status, answer.body) == (first.status, first.body)
            assert answer.headers == {**first.headers, REPLAYED: "true"}
        assert len(await keys_of(one)) == 1


async def test_a_retry_gets_the_answer_after_all_have_restarted() -> None:
    """What is known is in the log, for as long as the key is kept."""
    site = Site()
    async with site.replica() as one:
        first = await ask(one)
    site.clock.now += KEPT - 1
    async with site.replica() as other:
        answer = await ask(other)
        assert (answer.body, answer.headers[REPLAYED]) == (first.body, "true")
        assert len(await keys_of(other)) == 1


async def test_a_key_is_new_again_in_time() -> None:
    """After a day it is another request; a process that starts then reads nothing of the old one."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        await ask(one)
        site.clock.now += KEPT + SKEW
        async with site.replica() as late:
            answers = [await ask(replica) for replica in (late, two)]
        assert [REPLAYED in answer.headers for answer in answers] == [False, True]
        assert len(await keys_of(two)) == 2


async def test_another_payload_is_422() -> None:
    """On any replica, and on another route; the problem says what the client can do."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        await ask(one)
        answer = await ask(two, "How?")
        assert (answer.status, answer.document["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
        assert "key of its own" in answer.document["detail"]
        chunk = {"doc_id": "d", "chunk_index": 0, "text": "t", "visibility": "public"}
        headers = {**JSON, "idempotency-key": "k"}
        assert (await two.processor.ask("POST", "/chunks", chunk, headers=headers)).status == 422


async def test_the_order_of_members_is_no_other_payload() -> None:
    """Nor is what the token says anyway."""
    site = Site()
    async with site.replica() as one:
        bodies = [b'{"question":"Why?","top_k":3}', b'{ "top_k": 3, "user_id": "eve", "question": "Why?" }']
        headers = {**JSON, "idempotency-key": "k"}
        answers = [await one.processor.ask("POST", "/queries", body, headers=headers) for body in bodies]
        assert answers[0].body == answers[1].body


async def test_a_retry_while_the_first_is_in_flight_is_409() -> None:
    """It hears when to come back, and then gets the first one's answer; another payload is 422 at once."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        one.producer.hold = SUBMITTED
        asking = asyncio.create_task(ask(one))
        await one.producer.came.wait()
        answer = await ask(two)
        assert (answer.status, answer.headers["retry-after"]) == (409, "1")
        assert (await ask(two, "How?")).status == 422
        one.producer.go.set()
        first = await asking
        assert (await ask(two)).body == first.body
        assert len(await keys_of(two)) == 1


async def test_what_died_before_its_record_is_taken_over() -> None:
    """Once its lease has run out; and if it was not dead after all, both records have one key, and there is one answer."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        one.producer.hold = SUBMITTED
        dead = asyncio.create_task(ask(one))
        await one.producer.came.wait()
        site.clock.now += LEASE - 1
        assert (await ask(two)).status == 409
        site.clock.now += 1
        answer = await ask(two)
        assert answer.status == 202
        assert await keys_of(two) == [answer.document["query_id"].encode()]
        one.producer.go.set()
        late = await dead
        assert late.document["query_id"] == answer.document["query_id"]
        assert len(set(await keys_of(two))) == 1
        assert (await ask(one)).body == (await ask(two)).body == answer.body


async def test_what_died_after_its_record_is_taken_over() -> None:
    """The record is there twice, under one key, so that whoever reads it meets the same query."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        one.producer.hold = Fulfilled.type
        dead = asyncio.create_task(ask(one))
        await one.producer.came.wait()
        assert (await ask(two)).status == 409
        site.clock.now += LEASE
        answer = await ask(two)
        assert (answer.status, REPLAYED in answer.headers) == (202, False)
        assert await keys_of(two) == [answer.document["query_id"].encode()] * 2
        assert (await ask(two)).body == answer.body
        one.producer.go.set()
        await dead


async def test_a_takeover_after_a_restart_is_the_first_request_still() -> None:
    """What the first one was is in its claim."""
    site = Site()
    async with site.replica() as one:
        one.producer.hold = Fulfilled.type
        dead = asyncio.create_task(ask(one))
        await one.producer.came.wait()
        site.clock.now += LEASE
        async with site.replica() as fresh:
            answer = await ask(fresh)
            assert await keys_of(fresh) == [answer.document["query_id"].encode()] * 2
        one.producer.go.set()
        await dead


async def test_racing_retries_make_one_query() -> None:
    """Twenty at once on two replicas: one is carried out, and the others hear its answer or that it is in flight."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        answers = await asyncio.gather(*(ask((one, two)[number % 2]) for number in range(20)))
        statuses = Counter(answer.status for answer in answers)
        assert statuses.keys() <= {202, 409}
        assert statuses[202] >= 1
        assert len({answer.body for answer in answers if answer.status == 202}) == 1
        assert sum(REPLAYED not in answer.headers for answer in answers if answer.status == 202) == 1
        assert len(await keys_of(one)) == 1


async def test_a_request_that_envoy_asks_again_is_itself() -> None:
    """At once, on the other replica, while its first processor is dead; and it is no retry of the client's."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        one.producer.hold = SUBMITTED
        dead = asyncio.create_task(ask(one, request="r1"))
        await one.producer.came.wait()
        answer = await ask(two, request="r1")
        again = await ask(two, request="r1")
        assert (answer.status, again.body) == (202, answer.body)
        assert REPLAYED not in {**answer.headers, **again.headers}
        one.producer.go.set()
        assert (await dead).document["query_id"] == answer.document["query_id"]


async def test_what_is_begun_goes_on_when_the_client_has_gone() -> None:
    """So that its retry finds the answer, rather than a claim of nobody's."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        one.producer.hold = SUBMITTED
        asking = asyncio.create_task(ask(one))
        await one.producer.came.wait()
        asking.cancel()
        await asyncio.wait({asking})
        one.producer.go.set()

        async def fulfilled() -> bool:
            return await written(two.processor, Fulfilled.type) == 1

        await until(fulfilled)
        assert (await ask(two)).headers[REPLAYED] == "true"
        assert len(await keys_of(two)) == 1


async def test_a_refusal_does_not_use_the_key_up() -> None:
    """What the schema refuses is never claimed; what is refused later gives the key back, also for another payload."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        assert (await ask(one, "")).status == 400
        assert await one.processor.records(TOPIC) == []
        not_his = one.processor.services.identifiers.issue(subject="bob", now_ms=1, random=bytes(10)).value
        assert (await ask(one, more={"query_id": not_his})).status == 400

        async def released() -> bool:
            return await written(two.processor, Released.type) == 1

        await until(released)
        assert (await ask(two)).status == 202


async def test_a_key_belongs_to_its_subject() -> None:
    """Another caller's same key is another key, and the log shows neither key nor caller."""
    site = Site()
    async with site.replica() as one:
        answers = [await ask(one, key="secret-key", sub=sub) for sub in ("alice", "bobby")]
        assert [answer.status for answer in answers] == [202, 202]
        assert answers[0].document["query_id"] != answers[1].document["query_id"]
        shown = str(await one.processor.records(TOPIC))
        assert not any(word in shown for word in ("secret-key", "alice", "bobby"))


async def test_forged_records_change_nothing() -> None:
    """Neither unsigned ones, nor what was signed for another key or by another secret, nor what is no record of ours."""
    site = Site()
    async with site.replica() as one, site.replica() as two:
        first = await ask(one)
        (claim, fulfilment) = await one.processor.records(TOPIC)
        name = claim.key or b""
        origin = Origin(fingerprint=b"f" * 16, unique=b"u" * 24, received_at=1)
        written = Written(topic="rag.queries", partition=0, offset=99, timestamp=0)
        forged = encode_idempotency(Fulfilled(holder=b"h", origin=origin, written=written))
        envelope = Envelope(id="x", source="/x", type=Fulfilled.type, time=0, caller=Caller(user_id="g", tier="none"))
        stolen = envelope.headers(topic=TOPIC, key=name, body=forged, signer=Signer("x" * 32))
        signed = envelope.headers(topic=TOPIC, key=b"no hex", body=b"{}", signer=Signer("r" * 32))
        async with site.bus.producer() as stranger:
            for record in (
                Record(topic=TOPIC, key=name, value=forged),
                Record(topic=TOPIC, key=name, value=forged, headers=stolen),
                Record(topic=TOPIC, key=b"0" * 32, value=fulfilment.value, headers=fulfilment.headers),
                Record(topic=TOPIC, key=b"no hex", value=b"{}", headers=signed),
                Record(topic=TOPIC, key=name, value=None),
            ):
                await stranger.put(record)
        assert (await ask(two)).body == first.body
        assert (await ask(two, key="other")).status == 202
        async with site.replica() as fresh:
            assert (await ask(fresh)).body == first.body


async def test_kafka_away_is_503() -> None:
    """For a key that is not known; one that is known is answered from memory. Afterwards all is as before."""
    site = Site()
    async with site.replica() as one:
        first = await ask(one)
        site.bus.stop()
        assert (await ask(one)).body == first.body
        answer = await ask(one, key="new")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        site.bus.start()
        site.clock.now += LEASE
        assert (await ask(one, key="new")).status == 202


async def test_a_fulfilment_that_is_not_written_is_503() -> None:
    """Accepted is only what a retry would find; the retry is the same query."""
    site = Site()
    async with site.replica() as one:
        one.producer.hold = Fulfilled.type
        asking = asyncio.create_task(ask(one))
        await one.producer.came.wait()
        site.bus.stop()
        one.producer.go.set()
        assert (await asking).status == 503
        site.bus.start()
        site.clock.now += LEASE
        answer = await ask(one)
        assert await keys_of(one) == [answer.document["query_id"].encode()] * 2


@pytest.mark.parametrize("key", ["", '""', "k" * 256, "a, b", '"a'])
async def test_a_malformed_key_is_400(key: str) -> None:
    """The problem says what is wrong with it, and nothing is written."""
    site = Site()
    async with site.replica() as one:
        answer = await ask(one, key=key)
        assert (answer.status, answer.document["type"].rpartition("/")[2]) == (400, "idempotency-key-malformed")
        assert await one.processor.records(TOPIC) == await one.processor.records("rag.queries") == []


async def test_quotes_are_not_of_the_key() -> None:
    """As the draft has it, and as others send it."""
    site = Site()
    async with site.replica() as one:
        assert (await ask(one, key="k")).body == (await ask(one, key='"k"')).body


async def test_a_route_may_require_a_key() -> None:
    """Without one it says what to send; elsewhere a request without one is carried out each time."""
    text = changed("idempotency: {topic: rag.idempotency}", "idempotency: {topic: rag.idempotency, required: true}")
    site = Site()
    async with site.replica(declared(text)) as one, site.replica() as two:
        answer = await one.processor.ask("POST", "/queries", {"question": "Why?"})
        assert (answer.status, answer.document["type"].rpartition("/")[2]) == (400, "idempotency-key-missing")
        for _ in range(2):
            assert (await two.processor.ask("POST", "/queries", {"question": "Why?"})).status == 202
        assert len(await keys_of(two)) == 2
        assert await two.processor.records(TOPIC) == []


async def test_memory_is_bounded() -> None:
    """The keys that changed longest ago are forgotten, and counted: their retry is a new request."""
    text = changed("idempotency: {topic: rag.idempotency}", "idempotency: {topic: rag.idempotency, limit: 2}")
    site = Site()
    async with site.replica(declared(text)) as one:
        for key in ("a", "b", "c"):
            await ask(one, key=key)
        assert [REPLAYED in (await ask(one, key=key)).headers for key in ("c", "b", "a")] == [True, True, False]
        page = one.processor.registry.page().decode()
        assert 'gateway_idempotency_keys{topic="rag.idempotency"} 2.0' in page
        assert 'gateway_idempotency_forgotten_total{topic="rag.idempotency"} 2.0' in page
        assert 'gateway_idempotency_total{outcome="replayed",route="queries"} 2.0' in page


async def test_a_claim_is_typed_and_signed() -> None:
    """What the log holds of an accepted request: a claim, and where its record lies."""
    site = Site()
    async with site.replica() as one:
        answer = await ask(one)
        claim, fulfilment = await one.processor.records(TOPIC)
        assert [record.header("ce_type") for record in (claim, fulfilment)] == [Claimed.type, Fulfilled.type]
        assert claim.key == fulfilment.key
        assert orjson.loads(fulfilment.value or b"")["written"] == answer.document["record"]
