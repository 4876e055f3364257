"""What is to be written where a dead letter came from: the record as it was, or the reason why there is none."""

from collections.abc import Mapping

from bus.errors import OffsetOutOfRange, UnknownTopic
from bus.ports import Reader
from bus.records import Partition, Received, Record
from runtime.settings.kafka import TopicSettings
from schemas.envelope import doubt
from schemas.signature import Signer
from workers.chunk import doc_id_of
from workers.letters.errors import Unwanted
from workers.letters.letter import Letter, headers_again
from workers.letters.successors import Successors
from workers.topics import CHUNKS, CONTEXTS, EMBEDDINGS, QUERIES

UNTRUSTED = "untrusted"


class Revival:
    """Makes records of letters. It looks at each as the worker will, so that none is written that dies at once."""

    def __init__(
        self, reader: Reader, *, signer: Signer, topics: Mapping[str, TopicSettings], successors: Successors
    ) -> None:
        self._reader = reader
        self._signer = signer
        self._topics = topics
        self._successors = successors

    async def record(self, letter: Letter) -> Record:
        """The record for its topic of origin: key, value, headers and trace are those that it had.

        Raises:
            Unwanted: It is not to be written again.
            BusUnavailable: No broker answered.
        """
        at = letter.origin
        if at is None:
            raise Unwanted("it does not say where it came from")
        if at.topic in {QUERIES, CONTEXTS} and letter.reason != UNTRUSTED:
            raise Unwanted("its caller was told `error` and how to ask again: an answer ends once")
        try:
            origin = letter.record if letter.whole else await self._fetched(at, letter.offset)
            self._check_signature(at.topic, origin)
            await self._check_newest(at.topic, letter)
        except UnknownTopic as error:
            raise Unwanted(f"there is no partition {at.number} of {at.topic}") from error
        return Record(
            topic=at.topic,
            key=origin.key,
            value=origin.value,
            headers=headers_again(origin.headers, redriven=letter.redriven + 1),
            partition_key=_partition_key(at.topic, origin.key),
        )

    async def _fetched(self, at: Partition, offset: int) -> Received:
        """What was too large for its letter lies where it was, as long as it is kept."""
        try:
            found = await self._reader.read(at, offset, limit=1)
        except OffsetOutOfRange:
            found = ()
        if not found or found[0].offset != offset:
            raise Unwanted("it was too large to be kept whole, and its topic no longer holds it")
        return found[0]

    def _check_signature(self, topic: str, origin: Received) -> None:
        why = doubt(topic=topic, key=origin.key, headers=origin.headers, body=origin.value, signer=self._signer)
        if why is not None:
            raise Unwanted(f"it would not be trusted: {why}")

    async def _check_newest(self, topic: str, letter: Letter) -> None:
        settings = self._topics.get(topic)
        if settings is not None and "compact" in settings.cleanup and await self._successors.has(letter):
            raise Unwanted("its topic has a newer record of the same key")


def _partition_key(topic: str, key: bytes | None) -> bytes | None:
    return doc_id_of(key) if topic in {CHUNKS, EMBEDDINGS} and key is not None else None
