"""`require`: the caller's token must carry a scope."""

from typing import ClassVar

from pydantic import Field

from ext_proc.described.answers import CHALLENGE
from ext_proc.described.part import TEXT, Answer, Part
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply, problem
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway


class RequireSettings(Section):
    """What is required."""

    scope: str = Field(pattern="^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$")
    """One scope token (RFC 6749, 3.3)."""


class RequirePlugin:
    """Answers 403 `insufficient_scope` (RFC 6750, 3.1) where the scope is missing."""

    name: ClassVar[str] = "require"
    needs: ClassVar[frozenset[str]] = frozenset({"identity"})
    Settings: ClassVar[type[RequireSettings]] = RequireSettings

    def __init__(self, settings: RequireSettings, services: Services) -> None:
        self._scope = settings.scope
        self._realm = services.gateway.identity.realm
        self._denials = services.metrics.denials

    @classmethod
    def described(cls, settings: RequireSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        lacking = Answer.problem(
            403, "insufficient-scope", "The token lacks the scope.", members={"scope": TEXT}, headers=CHALLENGE
        )
        return Part(scopes=(settings.scope,), answers=(lacking,))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Looks for the scope."""
        if self._scope in exchange.caller().scopes:
            return None
        self._denials.labels(exchange.route, "insufficient-scope").inc()
        challenge = f'Bearer realm="{self._realm}", error="insufficient_scope", scope="{self._scope}"'
        return problem(
            403,
            "insufficient-scope",
            f"The scope {self._scope} is needed.",
            instance=exchange.path,
            trace_id=exchange.trace_id,
            headers=(("www-authenticate", challenge),),
            extensions={"scope": self._scope},
        )
