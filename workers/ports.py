"""What the stages need from models and from an index, and nothing of how either works."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Vector = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A chunk that may be cited."""

    doc_id: str
    chunk_index: int
    text: str
    visibility: str
    source_url: str | None = None
    metadata: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """The chunk's record key, `doc_id#chunk_index`."""
        return f"{self.doc_id}#{self.chunk_index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A passage with its vector, as the index keeps it. `content_hash` tells whether the text has changed."""

    passage: Passage
    vector: Vector
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that was found; `score` is the fused one, higher is better, comparable within one answer only."""

    passage: Passage
    score: float


class Embedder(Protocol):
    """Turns texts into vectors of `dimensions` numbers, of unit length."""

    @property
    def model(self) -> str:
        """The model's name, as it is written beside the vectors."""

    @property
    def dimensions(self) -> int:
        """The length of every vector."""

    def count_tokens(self, text: str) -> int:
        """How many tokens the model sees in `text`; an upper estimate where it does not tell."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """One vector a text, in order.

        Raises:
            ModelRejected: The provider will never take (one of) these texts.
            ModelSpent: It will take none until a spending limit is lifted.
            ModelUnavailable: It may later.
            ModelUnusable: It may once our key or configuration is mended.
        """


class Index(Protocol):
    """Finds passages. Every call may run in a thread; calls may overlap."""

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """Puts entries in; one of the same key is replaced. Searchable when this returns, durable after `flush`."""

    async def delete(self, keys: Collection[str]) -> None:
        """Takes passages out by key (`doc_id#chunk_index`); an unknown key is no error."""

    async def search(self, *, vector: Vector, text: str, visible: Collection[str], limit: int) -> Sequence[Hit]:
        """The best passages by dense similarity and BM25, fused by RRF, best first.

        `visible` is applied inside each leg, so that no hidden passage takes a place or influences a rank.
        """

    async def hashes(self, keys: Collection[str]) -> dict[str, str]:
        """The content hash of each key that is held."""

    async def count(self) -> int:
        """How many passages are held."""

    async def flush(self) -> None:
        """Returns when everything put in survives a kill -9."""


class Store(Index, Protocol):
    """An index that also keeps how far its source was read into it, so that it goes on where its data ends.

    A name of a position is the caller's own (`topic/partition`). An index that was deleted, or belongs to another
    model, has no positions: it is filled anew from the start.
    """

    async def load_positions(self) -> Mapping[str, int]:
        """What was saved last; empty at first."""

    async def save_positions(self, positions: Mapping[str, int]) -> None:
        """Flushes, and only then keeps `positions`: they never run ahead of the data, whenever the process dies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question with the passages that may be used to answer it."""

    question: str
    passages: Sequence[Passage]
    model: str
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The model quotes `cited_text` from the passage at `passage_index` of the prompt."""

    passage_index: int
    cited_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the provider has counted so far, each the total; for a call that will not come to its end.

    An adapter whose provider counts at the end alone has none. Most count the prompt at once, and the answer at its end.
    """

    model: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a call cost in tokens; the last event of every complete answer. `model` is what the provider says answered.

    One that is not `complete` is no model's own: the call was broken off, and a part of it is estimated.
    """

    model: str
    input_tokens: int
    output_tokens: int
    stop_reason: str
    complete: bool = True


ModelEvent = TextDelta | Citation | Tally | Usage


class ChatModel(Protocol):
    """Answers a prompt as a stream of events, `Usage` last."""

    def answer(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """Starts the call; closing the iterator (`aclose`) ends it and its connection at once.

        Raises:
            ModelRejected: The provider will never take this prompt.
            ModelSpent: It will take none until a spending limit is lifted.
            ModelUnavailable: It may later; `retry_after` where it said when.
            ModelUnusable: It may once our key or configuration is mended.
        """
