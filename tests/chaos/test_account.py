"""The account finds what it is there to find: each claim is contradicted once."""

from collections.abc import Mapping
from typing import Any

import orjson

from bus.records import Partition, Received
from tests.chaos.account import embedded, kept, once, one_record, seen, told, violations, whole
from tests.chaos.asked import Accepted, Caller, Chunk, Query, Sent
from tests.chaos.evidence import Evidence
from tests.chaos.log import TOPICS
from tests.chaos.readers import Following
from tests.fixtures.readers import Reader, Target

QUERIES = Partition("rag.queries", 0)
ASKER = Caller(sub="alice", tier="free")


class Story:
    """What happened, told record by record; made into evidence."""

    def __init__(self) -> None:
        self.records: dict[str, list[Received]] = {topic: [] for topic in TOPICS}
        self.sent = Sent()
        self.calls: dict[str, int] = {}
        self.readers: list[Following] = []

    def record(self, topic: str, key: str, value: bytes | None = None, **headers: str) -> Received:
        """The next record of a topic; in the names of headers `-` is written `_`, but for those of CloudEvents."""
        named = ((name if name.startswith("ce_") else name.replace("_", "-"), text) for name, text in headers.items())
        made = Received(
            topic=topic,
            partition=0,
            offset=len(self.records[topic]),
            timestamp=0,
            key=key.encode(),
            value=value,
            headers=tuple((name, text.encode()) for name, text in named),
        )
        self.records[topic].append(made)
        return made

    def asked(
        self, question: str = "Why?", *, key: str = "q", idempotency_key: str = "", replayed: bool = False
    ) -> Query:
        """An accepted query."""
        body = orjson.dumps({"question": question})
        record = self.record("rag.queries", key, body, idempotency_key=idempotency_key)
        query = Query(caller=ASKER, question=question, key=idempotency_key)
        query.accepted.append(Accepted(query_id=key, at=QUERIES, offset=record.offset, replayed=replayed))
        self.sent.queries.append(query)
        return query

    def event(self, name: str, key: str = "q", **data: Any) -> bytes:
        """The next event of its stream."""
        body = orjson.dumps(data)
        self.record("rag.results", key, body, ce_type=f"rag.answer.{name}.v1")
        return body

    def answered(self, text: str = "So.", *, key: str = "q", question: str = "Why?") -> None:
        """A whole answer, for which the model was called once."""
        self.event("delta", key, text=text)
        body = self.event("done", key, answer=text, sources=[{"doc_id": "d"}])
        self.record("rag.answers", key, body)
        self.calls[question] = self.calls.get(question, 0) + 1

    def evidence(self, calls: Mapping[str, int] | None = None) -> Evidence:
        """All of it."""
        counted = self.calls if calls is None else calls
        return Evidence(sent=self.sent, log=self.records, calls=counted, readers=self.readers, odd=())


def answered() -> Story:
    """One query, answered."""
    story = Story()
    story.asked(idempotency_key="k")
    story.answered()
    return story


def test_a_plain_answer_adds_up() -> None:
    """No claim is contradicted."""
    assert not violations(answered().evidence(), idempotent=True)


def test_an_accepted_query_that_is_not_there() -> None:
    """Its record was lost."""
    story = answered()
    story.records["rag.queries"].clear()
    assert len(list(kept(story.evidence()))) == 1


def test_a_query_without_an_end_and_one_with_two() -> None:
    """Each is named."""
    story = answered()
    story.event("done", answer="So.", sources=[])
    story.asked("How?", key="r")
    assert len(list(kept(story.evidence()))) == 2


def test_a_delta_of_somebody_who_slept() -> None:
    """It came after the reset, and is in no answer."""
    story = Story()
    story.asked()
    story.event("delta", text="So")
    story.event("reset", attempt=2, reason="worker-restarted")
    story.event("delta", text=".")
    story.answered()
    assert ["deltas say '.So.'" in found for found in whole(story.evidence())] == [True]


def test_an_answer_that_was_announced_and_not_kept() -> None:
    """rag.answers has another value, or none."""
    story = answered()
    story.records["rag.answers"].clear()
    assert len(list(whole(story.evidence()))) == 1


def test_calls_too_many_and_too_few() -> None:
    """A second call needs a reset that says so; an answer with passages needs one."""
    story = answered()
    assert list(once(story.evidence(calls={"Why?": 2})))
    assert list(once(story.evidence(calls={})))


def test_a_reset_declares_a_call_by_its_reason() -> None:
    """After worker-restarted the model may have been called again, and need not have been; after not-acknowledged it may not."""
    for reason, most in (("worker-restarted", 2), ("not-acknowledged", 1)):
        story = Story()
        story.asked()
        story.event("reset", attempt=2, reason=reason)
        story.answered()
        assert [not list(once(story.evidence(calls={"Why?": calls}))) for calls in (1, 2, 3)] == [
            calls <= most for calls in (1, 2, 3)
        ]


def test_one_key_with_two_records() -> None:
    """They are two queries, with two ids, and neither says that it is a replay."""
    story = answered()
    second = story.asked(key="r", idempotency_key="k")
    story.sent.queries[0].accepted += second.accepted
    story.sent.queries.pop()
    assert len(list(one_record(story.evidence()))) == 3


def test_a_replay_is_no_second_query() -> None:
    """The same id again, which says so."""
    story = answered()
    first = story.sent.queries[0].accepted[0]
    story.sent.queries[0].accepted.append(
        Accepted(query_id=first.query_id, at=first.at, offset=first.offset, replayed=True)
    )
    assert not list(one_record(story.evidence()))


def test_a_chunk_that_was_not_embedded() -> None:
    """What is embedded is older; a newer one, or a dead letter, would do."""
    story = Story()
    story.sent.chunks.append(Chunk(key=b"d#0", at=Partition("rag.chunks", 0), offset=5))
    for offset, missing in ((4, 1), (5, 0), (6, 0)):
        story.record("rag.embeddings", "d#0", ce_id=f"rag.chunks/0/{offset}")
        assert len(list(embedded(story.evidence()))) == missing


def test_a_reader_with_a_gap() -> None:
    """It had the end and not the delta before it."""
    story = answered()
    reader = Reader(at=Target(port=0, path="/results/q", token=""))
    story.readers.append(Following(story.sent.queries[0], "q", reader))
    assert len(list(seen(story.evidence()))) == 1


def test_a_dead_letter_that_nobody_was_told_of() -> None:
    """Its stream ends in done; and one of nothing that was sent."""
    story = answered()
    story.record("rag.dead-letters", "q", dlq_reason="internal")
    story.record("rag.dead-letters", "x", dlq_reason="untrusted")
    assert len(list(told(story.evidence()))) == 2
