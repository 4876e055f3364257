"""`owned_id`: the id in the path must be its caller's; see `ext_proc.identifiers`."""

from typing import ClassVar

from ext_proc.described.answers import NOT_FOUND
from ext_proc.described.part import Parameter, Part
from ext_proc.exchange import Exchange
from ext_proc.identifiers import FORM
from ext_proc.plugin import Services
from ext_proc.reply import Reply, not_found
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway


class OwnedIdSettings(Section):
    """Which parameter of the path holds the id."""

    param: str
    """As in `/results/{param}`."""


class OwnedIdPlugin:
    """Sets `exchange.id`. An id of somebody else is answered as one that never existed: 404."""

    name: ClassVar[str] = "owned_id"
    needs: ClassVar[frozenset[str]] = frozenset({"identity"})
    provides: ClassVar[frozenset[str]] = frozenset({"id"})
    Settings: ClassVar[type[OwnedIdSettings]] = OwnedIdSettings

    def __init__(self, settings: OwnedIdSettings, services: Services) -> None:
        self._param = settings.param
        self._identifiers = services.identifiers

    @classmethod
    def described(cls, settings: OwnedIdSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        says = "An id that the gateway issued to the caller, or one that the caller chose."
        schema = {"type": "string", "pattern": FORM}
        given = Parameter(name=settings.param, where="path", says=says, schema=schema, required=True)
        return Part(parameters=(given,), answers=(NOT_FOUND,))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Resolves the id."""
        value = exchange.params.get(self._param, "")
        exchange.id = self._identifiers.resolve(value, subject=exchange.caller().subject)
        if exchange.id is None:
            return not_found(instance=exchange.path, trace_id=exchange.trace_id)
        return None
