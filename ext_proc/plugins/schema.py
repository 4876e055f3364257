"""`schema`: the body must be a JSON document of a declared shape; nothing else gets past the edge."""

from collections.abc import Sequence
from typing import ClassVar

import orjson

from ext_proc.described.answers import INVALID
from ext_proc.described.part import TEXT, Answer, Header, Part
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply, invalid, problem
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway
from schemas.errors import UnknownSchema
from schemas.reading import doubt
from schemas.validator import Validator
from schemas.violation import Violation

_JSON = "application/json"


class SchemaSettings(Section):
    """Which shape."""

    document: str
    """The schema's name, as in schemas/json/<name>.schema.json."""

    ignore: tuple[str, ...] = ()
    """Members that are dropped, because the token says them."""


class SchemaPlugin:
    """Parses and validates the body, once, into `exchange.document`; 400 lists every violation with its pointer.

    The media type is looked at before the body is read: 415 for anything but `application/json`, so no other type
    lets a body pass unvalidated; where a route takes uploads, each of their lines is such a body. An empty body is 400, and so is one that two readers may read differently.
    """

    name: ClassVar[str] = "schema"
    provides: ClassVar[frozenset[str]] = frozenset({"document"})
    Settings: ClassVar[type[SchemaSettings]] = SchemaSettings

    def __init__(self, settings: SchemaSettings, services: Services) -> None:
        self._schema = settings.document
        self._validator = _validator(services, settings.document)
        self._ignore = settings.ignore
        self._rejects = services.metrics.rejects

    @classmethod
    def described(cls, settings: SchemaSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        accepted = Header(says="What is accepted.", schema=TEXT, always=True)
        other = Answer.problem(
            415, "unsupported-media-type", "The body has another type, or a coding.", headers={"Accept-Post": accepted}
        )
        return Part(body=settings.document, answers=(INVALID, other))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Looks at the media type, unless there is no body at all."""
        given, encoded = exchange.headers.get("content-type", ""), exchange.headers.get("content-encoding")
        if given == _JSON and encoded is None:
            return None
        media_type = given.partition(";")[0].strip().lower()
        declared = media_type == _JSON or exchange.upload
        if declared and (encoded is None or encoded.strip().lower() == "identity"):
            return None
        if not media_type and exchange.headers.get("content-length") == "0":
            return None
        return problem(
            415,
            "unsupported-media-type",
            f"Send {_JSON}, without a content coding.",
            instance=exchange.path,
            trace_id=exchange.trace_id,
            headers=(("accept-post", _JSON),),
        )

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Parses and validates."""
        if not exchange.body.strip():
            return self._reject(exchange, [Violation(pointer="#", detail="the body is empty")])
        try:
            document = orjson.loads(exchange.body)
        except orjson.JSONDecodeError as error:
            where = f"not JSON (line {error.lineno}, column {error.colno})"
            return self._reject(exchange, [Violation(pointer="#", detail=where)])
        doubtful = doubt(exchange.body, document)
        if doubtful:
            return self._reject(exchange, [Violation(pointer="#", detail=doubtful)])
        violations = self._validator.violations(document)
        if violations:
            return self._reject(exchange, violations)
        if not isinstance(document, dict):
            return self._reject(exchange, [Violation(pointer="#", detail="not an object")])
        exchange.document = document
        for name in self._ignore:
            if document.pop(name, self) is not self:
                exchange.changed = True
        return None

    def _reject(self, exchange: Exchange, violations: Sequence[Violation]) -> Reply:
        self._rejects.labels(exchange.route, self._schema).inc()
        return invalid(violations, instance=exchange.path, trace_id=exchange.trace_id)


def _validator(services: Services, name: str) -> Validator:
    try:
        return services.validators.get(name)
    except UnknownSchema as error:
        raise ValueError(str(error)) from error
