"""What the processor has decided about an upload, on its way through Envoy to the server that takes the body.

Envoy strips every `x-gateway-` header that a client sends; this one crosses a unix socket. The two ends of it may be in
different processes: Envoy asks one for its verdict, and sends the body to any.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from ext_proc.exchange import Exchange, Identity
from ext_proc.identifiers import OwnedId

HEADER = "x-gateway-upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """An upload that may begin, with all that the headers phase of its route has found out.

    Attributes:
        route: The name of the route.
        method: Of the request.
        path: Without its query, as Envoy normalised it.
        query: As it was sent.
        params: The path's parameters.
        identity: Who sends it.
        unique: 24 bytes in hexadecimal digits that belong to this request alone.
        received_at: When Envoy received it, in ms since the epoch.
        trace_id: Of the request.
        id: What a plugin has made of an id in the path.
        extra: What plugins have left for templates.
        record_headers: What plugins want each record to carry.
    """

    route: str
    method: str
    path: str
    query: str = ""
    params: dict[str, str] = field(default_factory=dict)
    identity: Identity
    unique: str
    received_at: int
    trace_id: str
    id: OwnedId | None = None
    extra: dict[str, str] = field(default_factory=dict)
    record_headers: list[tuple[str, str]] = field(default_factory=list)

    @staticmethod
    def of(exchange: Exchange) -> "Admission":
        """What is to be handed on of a request whose headers were let pass."""
        return Admission(
            route=exchange.route,
            method=exchange.method,
            path=exchange.path,
            query=exchange.query,
            params=dict(exchange.params),
            identity=exchange.caller(),
            unique=exchange.unique.hex(),
            received_at=exchange.received_at,
            trace_id=exchange.trace_id,
            id=exchange.id,
            extra=exchange.extra,
            record_headers=exchange.record_headers,
        )

    def header(self) -> tuple[str, str]:
        """As a request header."""
        return HEADER, base64.urlsafe_b64encode(_JSON.dump_json(self, exclude_defaults=True)).decode()

    @staticmethod
    def parse(headers: Mapping[str, str]) -> "Admission":
        """The admission in a request's headers.

        Raises:
            NotAdmitted: There is none, so the request did not come through the processor.
            ValueError: It is not as `header` writes it.
        """
        text = headers.get(HEADER)
        if text is None:
            raise NotAdmitted
        return _JSON.validate_json(base64.urlsafe_b64decode(text))

    def exchange(self, headers: Mapping[str, str]) -> Exchange:
        """The request as the plugins of its route go on with it."""
        return Exchange(
            route=self.route,
            method=self.method,
            path=self.path,
            query=self.query,
            params=self.params,
            headers=headers,
            claims={},
            unique=bytes.fromhex(self.unique),
            received_at=self.received_at,
            trace_id=self.trace_id,
            upload=True,
            identity=self.identity,
            id=self.id,
            extra=dict(self.extra),
            record_headers=list(self.record_headers),
        )


class NotAdmitted(Exception):
    """A request reached the server without the processor's header."""

    def __init__(self) -> None:
        super().__init__(f"the request has no {HEADER}")


_JSON = TypeAdapter(Admission)
