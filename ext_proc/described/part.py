"""What a plugin tells callers to expect of a route that it stands in: the words that the API's descriptions are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from ext_proc.reply import PROBLEM
from runtime.settings.gateway import Gateway

Json = Mapping[str, Any]

JSON = "application/json"
TEXT: Json = {"type": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A header of an answer; `always` says that no such answer is without it."""

    says: str
    schema: Json
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One thing that a caller may be answered.

    Attributes:
        status: Of HTTP.
        says: When that is so; a sentence.
        reason: The end of the problem's type; empty for what is no problem.
        members: What the problem has beyond what all problems have, by name.
        content: What is in the body that is no problem, by media type; empty for no body.
        headers: By name.
    """

    status: int
    says: str
    reason: str = ""
    members: Mapping[str, Json] = field(default_factory=dict)
    content: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Header] = field(default_factory=dict)

    @classmethod
    def problem(cls, status: int, reason: str, says: str, **more: Any) -> Self:
        """A problem (RFC 9457)."""
        return cls(status=status, reason=reason, says=says, **more)

    @property
    def media(self) -> tuple[str, ...]:
        """The media types that it may have."""
        return (PROBLEM,) if self.reason else tuple(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Something of a request that is not its body: `where` is `header`, `query` or `path`."""

    name: str
    where: str
    says: str
    schema: Json = field(default_factory=lambda: TEXT)
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A kind of record that a route writes; `schema` is of its value, where the route alone knows it."""

    topic: str
    type: str
    key: str
    says: str = ""
    schema: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """One event of a stream; `last` says that the stream ends with it."""

    name: str
    says: str
    data: Json
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one plugin contributes.

    Attributes:
        scopes: The token must carry them.
        body: The name of the schema (schemas/json) that the body has; empty where it reads none.
        parameters: What it reads of the request.
        answers: What it may make of it.
        writes: The records that come of it.
        events: What a stream shows.
        gives: The member of the answer that other routes take as the parameter of that name, if there is one.
    """

    scopes: tuple[str, ...] = ()
    body: str = ""
    parameters: tuple[Parameter, ...] = ()
    answers: tuple[Answer, ...] = ()
    writes: tuple[Written, ...] = ()
    events: tuple[StreamEvent, ...] = ()
    gives: str = ""


@runtime_checkable
class Describes(Protocol):
    """A plugin that has this is described; one that has not takes part all the same, and nothing is said of it."""

    Settings: ClassVar[Any]

    @classmethod
    def described(cls, settings: Any, gateway: Gateway) -> Part:
        """What it contributes to a route with these settings."""
