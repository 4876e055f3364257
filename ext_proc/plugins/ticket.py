"""`ticket`: who calls, where a browser can send no token: by a ticket in the query, or by the cookie that it was changed for."""

from dataclasses import replace
from typing import ClassVar

from ext_proc.challenge import BAD_TICKET, unauthorized
from ext_proc.described.answers import NO_SUBJECT
from ext_proc.described.part import Part, Written
from ext_proc.exchange import Exchange, Identity, Ticket
from ext_proc.plugin import Services
from ext_proc.reply import Reply
from ext_proc.seal import RANDOM_BYTES
from ext_proc.tickets import Issued, lasts, set_cookie
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway
from schemas.sessions import TicketSpent


class TicketSettings(Section):
    """It has none: what a ticket opens is decided where it is issued."""


class TicketPlugin:
    """Sets `exchange.identity` by a ticket of `issue_ticket` (`?ticket=`) or by the cookie of a stream that one has opened.

    It makes the token optional, and stands before `identity`, which asks for one where this plugin found nothing.
    A token that is there is what counts: the ticket beside it is not spent. One that is bad is 401 all the same.

    A ticket opens its path once. That is decided by the results server, through the log, for all replicas;
    the answer to the request that spends it sets the cookie. A cookie whose subject is not the ticket's is not looked at;
    of both, the one that lasts longer counts. `results.sessions` must name a topic.
    """

    name: ClassVar[str] = "ticket"
    token_optional: ClassVar[bool] = True
    cookie: ClassVar[bool] = True
    before: ClassVar[frozenset[str]] = frozenset({"identity", "stream"})
    Settings: ClassVar[type[TicketSettings]] = TicketSettings

    def __init__(self, settings: TicketSettings, services: Services) -> None:
        sessions_topic(services.gateway)
        self._gateway = services.gateway
        self._tickets = services.tickets
        self._clock = services.clock
        self._denials = services.metrics.denials

    @classmethod
    def described(cls, settings: TicketSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        spent = Written(topic=gateway.results.sessions or "", type=TicketSpent.type, key="name of the ticket")
        return Part(answers=(NO_SUBJECT,), writes=(spent,))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Looks at the ticket and at the cookie, unless there is a token."""
        if exchange.claims:
            return None
        given = exchange.credentials
        if not given.ticket and not given.cookie:
            return None
        issued = self._tickets.read(given.ticket, path=exchange.path)
        now = self._clock.now_ms()
        kept = self._kept(exchange, issued, now=now)
        fresh = issued if issued and now < issued.until and lasts(issued.identity) > now / 1000 else None
        if kept and not (fresh and lasts(fresh.identity) > lasts(kept)):
            exchange.identity = self._today(kept)
        elif fresh:
            exchange.identity = self._today(fresh.identity)
            exchange.ticket = self._to_spend(fresh, exchange, now=now)
        else:
            return self._refuse(exchange)
        return None

    def _kept(self, exchange: Exchange, issued: Issued | None, *, now: int) -> Identity | None:
        """Whom the cookie admits. Another's ticket says that whoever sits before the browser has changed."""
        kept = self._tickets.read_cookie(exchange.credentials.cookie, path=exchange.path)
        if kept is None or lasts(kept) <= now / 1000:
            return None
        return None if issued and issued.identity.subject != kept.subject else kept

    def _to_spend(self, issued: Issued, exchange: Exchange, *, now: int) -> Ticket:
        value = self._tickets.cookie(issued.identity, path=exchange.path, random=self._clock.random(RANDOM_BYTES))
        expires = issued.identity.expires
        return Ticket(
            id=issued.id,
            holder=exchange.unique.hex(),
            issued_at=issued.issued_at,
            until=issued.until,
            cookie=set_cookie(
                value,
                path=exchange.path,
                seconds=None if expires is None else expires - now / 1000,
                secure=self._gateway.edge.listener.tls is not None,
            ),
        )

    def _today(self, identity: Identity) -> Identity:
        """A tier that was taken out of gateway.yaml since is the lowest."""
        return replace(identity, tier=self._gateway.tier(identity.tier).name)

    def _refuse(self, exchange: Exchange) -> Reply:
        self._denials.labels(exchange.route, "bad-ticket").inc()
        realm = self._gateway.identity.realm
        return unauthorized(BAD_TICKET, realm=realm, instance=exchange.path, trace_id=exchange.trace_id)


def sessions_topic(gateway: Gateway) -> str:
    """The topic of spent tickets and renewals.

    Raises:
        ValueError: None is named, so that nothing would be spent, or renewed.
    """
    if gateway.results.sessions is None:
        msg = "results.sessions must name a topic for this plugin"
        raise ValueError(msg)
    return gateway.results.sessions
