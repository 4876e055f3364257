"""`owned_id`: an id that belongs to its caller, issued here or chosen by the client; see `ext_proc.identifiers`."""

from typing import ClassVar, Self

from pydantic import model_validator

from ext_proc.exchange import Exchange
from ext_proc.identifiers import OwnedId
from ext_proc.plugin import Services
from ext_proc.reply import Reply, invalid, not_found
from runtime.settings.base import Section
from schemas.violation import Violation


class OwnedIdSettings(Section):
    """Where the id is: in a member of the document, which is filled where it is missing, or in the path."""

    field: str | None = None
    param: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.field is None) == (self.param is None):
            msg = "exactly one of field and param is needed"
            raise ValueError(msg)
        return self


class OwnedIdPlugin:
    """Sets `exchange.id`. An id of somebody else is answered as one that never existed: 404."""

    name: ClassVar[str] = "owned_id"
    needs: ClassVar[frozenset[str]] = frozenset({"identity"})
    provides: ClassVar[frozenset[str]] = frozenset({"id"})
    Settings: ClassVar[type[OwnedIdSettings]] = OwnedIdSettings

    def __init__(self, settings: OwnedIdSettings, services: Services) -> None:
        self._field = settings.field
        self._param = settings.param
        self._identifiers = services.identifiers
        self._clock = services.clock

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Resolves the id in the path."""
        if self._param is None:
            return None
        exchange.id = self._resolve(exchange, exchange.params.get(self._param, ""))
        if exchange.id is None:
            return not_found(instance=exchange.path, trace_id=exchange.trace_id)
        return None

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Resolves the id in the document, or issues one."""
        document = exchange.document
        if self._field is None or document is None:
            return None
        if self._field not in document:
            exchange.id = self._issue(exchange)
            document[self._field] = exchange.id.value
            exchange.changed = True
            return None
        exchange.id = self._resolve(exchange, str(document[self._field]))
        if exchange.id is not None:
            return None
        violation = Violation(pointer=f"#/{self._field}", detail="this form is kept for ids that the gateway issues")
        return invalid([violation], instance=exchange.path, trace_id=exchange.trace_id)

    def _resolve(self, exchange: Exchange, value: str) -> OwnedId | None:
        return self._identifiers.resolve(value, subject=exchange.caller().subject)

    def _issue(self, exchange: Exchange) -> OwnedId:
        return self._identifiers.issue(
            subject=exchange.caller().subject, now_ms=self._clock.now_ms(), random=self._clock.random(10)
        )
