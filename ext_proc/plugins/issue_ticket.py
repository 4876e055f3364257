"""`issue_ticket`: a ticket for what the answer links to, so that a browser's `EventSource` can open it without a header."""

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply
from ext_proc.template import Template
from ext_proc.tickets import LONGEST
from runtime.settings.base import Section


class IssueTicketSettings(Section):
    """What the ticket opens."""

    path: str
    """The one path that it opens, without a query; a template."""

    scopes: tuple[str, ...]
    """Which of the caller's scopes it has; those that the path's route requires."""

    lifetime: float = Field(default=60.0, gt=0, le=LONGEST)
    """Seconds that it is good for."""


class IssueTicketPlugin:
    """Leaves `{extra.ticket}` for the answer: it opens one path as this caller, once, for a minute; see `ticket`.

    A request that is asked again under one identity gets the same ticket, however often.
    It never outlives its caller's token, has no scope that the token has not, and shows nothing of what it holds.
    """

    name: ClassVar[str] = "issue_ticket"
    alone: ClassVar[bool] = True
    issues: ClassVar[bool] = True
    Settings: ClassVar[type[IssueTicketSettings]] = IssueTicketSettings

    def __init__(self, settings: IssueTicketSettings, services: Services) -> None:
        self._path = Template(settings.path)
        self._scopes = frozenset(settings.scopes)
        self._lifetime = settings.lifetime
        self._tickets = services.tickets
        self.needs = frozenset({"identity"}) | self._path.needs

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Issues."""
        caller = exchange.caller()
        exchange.extra["ticket"] = self._tickets.issue(
            replace(caller, scopes=caller.scopes & self._scopes),
            path=self._path.fill(exchange),
            issued_at=exchange.received_at,
            lifetime=self._lifetime,
            unique=exchange.unique,
            by=exchange.issuer,
        )
        return None
