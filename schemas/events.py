"""What is written to `rag.results`: one small type an event, and the JSON that clients see.

The event's name is in the record's `ce_type` (`rag.answer.delta.v1`), its body is `encode(event)`.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage that the answer may use; `score` as the index gave it."""

    doc_id: str
    chunk_index: int
    source_url: str | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """A quotation."""

    doc_id: str
    chunk_index: int
    source_url: str | None
    cited_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Tokens as the provider counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """The passages that this caller may see, best first."""

    name: ClassVar[str] = "retrieved"
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """The next piece of the answer."""

    name: ClassVar[str] = "delta"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """The answer quotes a passage."""

    name: ClassVar[str] = "citation"
    doc_id: str
    chunk_index: int
    source_url: str | None
    cited_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What the answer cost; `cost_usd` where the price is known.

    `estimated` says that the provider was not heard to the end, so that a part of it is estimated.
    `fallback_from` is the model that the tier would rather have had, where another one answered.
    """

    name: ClassVar[str] = "usage"
    model: str
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost_usd: float | None = None
    estimated: bool = False
    fallback_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The text so far is void: the answer starts again."""

    name: ClassVar[str] = "reset"
    attempt: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The whole result; terminal. `fallback_from` as in `Used`."""

    name: ClassVar[str] = "done"
    query_id: str
    answer: str
    sources: tuple[Source, ...]
    citations: tuple[CitedText, ...]
    model: str | None
    latency_ms: int
    user_id: str
    user_tier: str
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    fallback_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A problem (RFC 9457) that says what the caller can do; terminal."""

    name: ClassVar[str] = "error"
    type: str
    title: str
    status: int
    detail: str
    query_id: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The caller wanted it no more; terminal.

    `model` and `token_usage` are of the call that was broken off, so far as it came; `null` and zeros where none ran.
    `estimated` says that the tokens were not all counted by the provider.
    """

    name: ClassVar[str] = "cancelled"
    query_id: str
    model: str | None = None
    token_usage: TokenUsage = field(default_factory=TokenUsage)
    estimated: bool = False


Event = Retrieved | Delta | Cited | Used | Reset | Done | Failed | Cancelled

TERMINAL = frozenset({"done", "error", "cancelled"})


def event_type(name: str) -> str:
    """The `ce_type` of the event of that name."""
    return f"rag.answer.{name}.v1"


def event_name(ce_type: str) -> str:
    """The event's name: the part of a type before its version; `rag.answer.delta.v1` is `delta`."""
    parts = ce_type.rsplit(".", 2)
    return parts[-2] if len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdigit() else parts[-1]


def encode(event: Event) -> bytes:
    """One line of JSON."""
    return orjson.dumps(asdict(event))


def decode(body: bytes) -> dict[str, Any]:
    """The JSON object in a record's body."""
    document = orjson.loads(body)
    if not isinstance(document, dict):
        msg = "the body is not a JSON object"
        raise TypeError(msg)
    return document
