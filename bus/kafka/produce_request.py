"""The request that carries records, and its answer, in the version that every broker since Kafka 2.4 speaks.

kafka-python describes each as a tree of objects, and turns that into bytes: half of what a request costs that carries one
record. These are put together and read as bytes, for version 9 alone; for another version, and for any answer that says
more than that records were taken, kafka-python's own do.

https://kafka.apache.org/protocol#The_Messages_Produce
"""

import struct
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kafka.protocol.producer import ProduceResponse

from bus.kafka.lapsed import PunctualProducer
from bus.kafka.varints import unsigned

VERSION = 9
KEY = 0

_HEAD = struct.Struct(">ihhih")  # size, key, version, number, length of the client's name
_ASKED = struct.Struct(">xxhi")  # no tags, no transaction, acks, milliseconds
_NUMBER = struct.Struct(">i")
_TAKEN = struct.Struct(">ihqqqbbb")  # partition, error, offset, time, start; and no errors, no message, no tags


class ProduceVersion9:
    """A request as kafka-python's connections take it."""

    API_VERSION = VERSION

    __slots__ = ("_acks", "_client_id", "_parts", "_timeout", "correlation_id")

    def __init__(self, batches: Sequence[Any], *, acks: int, timeout: int) -> None:
        self._acks = acks
        self._timeout = timeout
        self._parts = _topics(batches)
        self._client_id = b""
        self.correlation_id = -1

    def __repr__(self) -> str:
        """Never shows records."""
        return f"ProduceVersion9({self.correlation_id})"

    @property
    def header(self) -> "ProduceVersion9":
        """What the connection keeps until the answer comes."""
        return self

    def with_header(self, *, correlation_id: int, client_id: str) -> None:
        """Called by the connection before `encode`."""
        self.correlation_id = correlation_id
        self._client_id = client_id.encode()

    def encode(self, *, framed: bool, header: bool) -> bytes:
        """The whole request, which connections always ask for."""
        asked = _ASKED.pack(self._acks, self._timeout)
        size = _HEAD.size - 4 + len(self._client_id) + len(asked) + sum(map(len, self._parts))
        head = _HEAD.pack(size, KEY, VERSION, self.correlation_id, len(self._client_id))
        return b"".join((head, self._client_id, asked, *self._parts))

    def expect_response(self) -> bool:
        """With any acks that we use, a broker answers."""
        return True

    def get_response_class(self) -> type["Answer"]:
        """What reads the answer."""
        return Answer


def _topics(batches: Sequence[Any]) -> list[bytes]:
    topics: defaultdict[str, list[Any]] = defaultdict(list)
    for batch in batches:
        topics[batch.topic_partition.topic].append(batch)
    parts = [unsigned(len(topics) + 1)]
    for topic, of_topic in topics.items():
        name = topic.encode()
        parts += (unsigned(len(name) + 1), name, unsigned(len(of_topic) + 1))
        for batch in of_topic:
            records = batch.records.buffer()
            parts += (_NUMBER.pack(batch.topic_partition.partition), unsigned(len(records) + 1), records, b"\0")
        parts.append(b"\0")
    parts.append(b"\0")
    return parts


class Taken(NamedTuple):
    """What became of one batch: it was taken."""

    index: int
    error_code: int
    base_offset: int
    log_append_time_ms: int
    log_start_offset: int


class OfTopic(NamedTuple):
    """The batches of one topic."""

    name: str
    partition_responses: Sequence[Taken]


class Answer(NamedTuple):
    """The answer to a request all of whose batches were taken."""

    responses: Sequence[OfTopic]
    throttle_time_ms: int

    @classmethod
    def parse_header(cls, data: Any) -> Any:
        """Called by the connection."""
        parse: Callable[[Any], Any] = ProduceResponse[VERSION].parse_header
        if data[4]:
            return parse(data)  # it has tags
        data.seek(5)
        return _Header(_NUMBER.unpack_from(data)[0])

    @classmethod
    def decode(cls, data: Any) -> Any:
        """Called by the connection, with `data` behind the header."""
        try:
            found = _read(memoryview(data), data.tell())
        except (struct.error, IndexError):
            found = None  # it is cut short, which kafka-python reports
        decode: Callable[[Any], Any] = ProduceResponse[VERSION].decode
        return decode(data) if found is None else found


class _Header(NamedTuple):
    correlation_id: int


def _read(data: memoryview, at: int) -> Answer | None:
    """The answer, or nothing where it is of any other form than the usual one."""
    topics, at = _less_one(data, at)
    responses = []
    for _ in range(topics):
        length, at = _less_one(data, at)
        name, at = bytes(data[at : at + length]).decode(), at + length
        count, at = _less_one(data, at)
        taken = []
        for _ in range(count):
            *one, errors, message, tags = _TAKEN.unpack_from(data, at)
            if one[1] or errors != 1 or message or tags:
                return None
            taken.append(Taken(*one))
            at += _TAKEN.size
        if data[at]:
            return None
        at += 1
        responses.append(OfTopic(name, taken))
    (throttle,) = _NUMBER.unpack_from(data, at)
    return Answer(responses, throttle) if data[at + 4] == 0 and at + 5 == len(data) else None


def _less_one(data: memoryview, at: int) -> tuple[int, int]:
    """A length, which the protocol writes as one more, and where it ends."""
    low = data[at]
    return (low - 1, at + 1) if low < 0x80 else ((low & 0x7F | data[at + 1] << 7) - 1, at + 2)


class PromptProducer(PunctualProducer):
    """Asks in this way where the broker understands it."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        sender: Any = self._sender
        connections: Any = sender._client._manager._conns  # noqa: SLF001 - kafka-python offers no other way in
        usual: Callable[..., Any] = sender._produce_request  # noqa: SLF001 - as above

        def asking(node: Any, acks: int, timeout: int, batches: Sequence[Any]) -> Any:
            if _speaks(connections.get(node)):
                return ProduceVersion9(batches, acks=acks, timeout=timeout)
            return usual(node, acks, timeout, batches)

        sender._produce_request = asking  # noqa: SLF001 - as above


def _speaks(connection: Any) -> bool:
    known = connection.broker_version_data if connection is not None else None
    least, most = known.api_versions.get(KEY, (0, 0)) if known is not None else (0, 0)
    return bool(least <= VERSION <= most)
