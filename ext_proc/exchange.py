"""One request as a chain of plugins sees it: what came, what was found out, what is to change."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bus.records import Receipt
from ext_proc.identifiers import OwnedId
from ext_proc.reply import Reply
from runtime.tracing.span import Span
from schemas.envelope import Caller

Ending = Callable[[Reply], Awaitable[Reply]]
"""What a plugin has still to do once the answer is known and before the caller hears of it; it may change the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who calls, as the verified token says. `expires` is in seconds since the epoch; `caller` is what records say of them."""

    subject: str
    tier: str
    scopes: frozenset[str]
    expires: float | None
    caller: Caller = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Once, for all records of whoever comes again with the same token.
        caller = Caller(user_id=self.subject, tier=self.tier, scope=" ".join(sorted(self.scopes)))
        object.__setattr__(self, "caller", caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request brings in place of a token, as it came: empty for none, and never shown."""

    ticket: str = field(default="", repr=False)
    cookie: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A one-use ticket that admits its request if it is not spent yet.

    Attributes:
        id: Under which it is spent. It opens nothing.
        holder: The request that spends it. One that Envoy asks again elsewhere is still the same.
        issued_at: In ms since the epoch.
        until: In ms since the epoch; it is not good any more then.
        cookie: The `Set-Cookie` of the answer that spends it.
    """

    id: str
    holder: str
    issued_at: int
    until: int
    cookie: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request in work. Plugins read and change it; the stream turns the changes into Envoy's language.

    Attributes:
        route: The name of the route in gateway.yaml.
        path: The path without its query string, as Envoy normalised it.
        params: The path's parameters.
        headers: The request's headers, names in lower case; of a repeated name, the values joined by a comma.
        claims: The verified token's payload (Envoy's jwt_authn), empty without one.
        token: Equal for the same token and for no other, empty without one; for what is kept by token.
        credentials: What stands for a token, on a route with a plugin that asks for it.
        unique: 24 bytes that belong to this request alone, and stay the same when Envoy asks again elsewhere.
        received_at: When Envoy received it, in ms since the epoch; it too stays the same.
        issuer: Names the key that what is issued is made with, as `Identifiers.current` does; empty for that one.
        trace_id: 32 hexadecimal digits; that of the span, else the client's, or made from Envoy's request id.
        span: The work on this request, where that is traced.
        upload: The body comes line by line, and each line is a record of its own.
        body: The request's body; empty until the body phase. Of an upload, one line.
        identity: Set by the `identity` plugin, or by the `ticket` plugin before it.
        ticket: What must be spent for this identity; `None` for nothing.
        id: Set by the `owned_id` or the `issue_id` plugin.
        document: The parsed body, set by the `schema` plugin.
        extra: For plugins from elsewhere: text that templates can use as `{extra.name}`.
        upstream: Headers to set on the request that goes upstream.
        record_headers: Further headers for the record that `produce` writes.
        receipt: Of the record that was written for this request; where there is one already, none is written, and the
            answer is that of then.
        changed: The document is no longer what the body says.
        endings: Run before the answer goes out, the last one first.
    """

    route: str
    method: str
    path: str
    query: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    claims: Mapping[str, Any]
    unique: bytes
    received_at: int
    trace_id: str
    span: Span | None = None
    token: frozenset[bytes] = frozenset()
    credentials: Credentials = Credentials()
    issuer: str = ""
    upload: bool = False
    body: bytes = b""
    identity: Identity | None = None
    ticket: Ticket | None = None
    id: OwnedId | None = None
    document: dict[str, Any] | None = None
    changed: bool = False
    extra: dict[str, str] = field(default_factory=dict)
    upstream: list[tuple[str, str]] = field(default_factory=list)
    record_headers: list[tuple[str, str]] = field(default_factory=list)
    receipt: Receipt | None = None
    endings: list[Ending] = field(default_factory=list)

    def facts(self) -> Mapping[str, str]:
        """As `Work`."""
        return {"trace_id": self.trace_id, **({"query_id": self.id.value} if self.id else {})}

    def caller(self) -> Identity:
        """The identity.

        Raises:
            ChainMisbuilt: No plugin before has set it.
        """
        if self.identity is None:
            raise ChainMisbuilt(route=self.route, needs="identity")
        return self.identity


class ChainMisbuilt(Exception):
    """A plugin needs what none before it in the route provides; found when the chain is built."""

    def __init__(self, *, route: str, needs: str) -> None:
        super().__init__(f"route {route}: no plugin provides {needs} before it is needed")
        self.route = route
        self.needs = needs
