"""All that a run leaves behind: what clients were told, what Kafka holds, and what the model was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from bus.records import Partition, Received
from tests.chaos.asked import Accepted, Query, Sent
from tests.chaos.log import by_key
from tests.chaos.readers import Following
from tests.chaos.streams import Stream


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Of one run.

    Attributes:
        sent: What the load sent, and its answers.
        log: What Kafka holds, by topic.
        calls: By question, how often the model began to answer it.
        readers: What readers received.
        odd: What readers were refused.
    """

    sent: Sent
    log: Mapping[str, Sequence[Received]]
    calls: Mapping[str, int]
    readers: Sequence[Following]
    odd: Sequence[str]

    @cached_property
    def questions(self) -> Mapping[bytes, str]:
        """What each query on `rag.queries` asks, by key; it has one text, however many records it has."""
        return {record.key or b"": _body(record)["question"] for record in self.log["rag.queries"]}

    @cached_property
    def streams(self) -> Mapping[bytes, Stream]:
        """The events of each query, by key; of every query on `rag.queries`, accepted or not."""
        found = by_key(self.log["rag.results"])
        return {key: Stream.of(found.get(key, ())) for key in self.questions}

    @cached_property
    def keys_of(self) -> Mapping[str, Sequence[bytes]]:
        """The keys under which a question was written."""
        found: dict[str, list[bytes]] = {}
        for key, question in self.questions.items():
            found.setdefault(question, []).append(key)
        return found

    @cached_property
    def records(self) -> Mapping[tuple[Partition, int], Received]:
        """Of `rag.queries`, by where they lie."""
        return {(record.at, record.offset): record for record in self.log["rag.queries"]}

    @cached_property
    def answers(self) -> Mapping[bytes, bytes | None]:
        """The newest value on `rag.answers`, by key."""
        return {record.key or b"": record.value for record in self.log["rag.answers"]}

    @cached_property
    def letters(self) -> Mapping[bytes, Sequence[str]]:
        """The reasons for which something of a key was put aside."""
        found = by_key(self.log["rag.dead-letters"])
        return {key: [record.header("dlq-reason") or "" for record in records] for key, records in found.items()}

    def key(self, accepted: Accepted) -> bytes | None:
        """The key of an accepted query; `None` where its record is not there."""
        record = self.records.get((accepted.at, accepted.offset))
        return record.key if record else None

    def accepted(self) -> Sequence[tuple[Query, Accepted]]:
        """Every 202."""
        return [(query, accepted) for query in self.sent.queries for accepted in query.accepted]


def _body(record: Received) -> Mapping[str, Any]:
    document: Mapping[str, Any] = orjson.loads(record.value or b"{}")
    return document
