"""`renew`: whoever shows a fresh token keeps the streams that they have open, on whichever connection or replica those are."""

from typing import ClassVar

from ext_proc.described.answers import STORING
from ext_proc.described.part import TEXT, Answer, Header, Part, Written
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.plugins.ticket import sessions_topic
from ext_proc.reply import Reply
from ext_proc.seal import RANDOM_BYTES
from ext_proc.template import Template
from ext_proc.tickets import lasts, set_cookie
from ext_proc.writer import JSON, RecordSettings, RecordWriter
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway
from schemas.sessions import StreamRenewed, encode_session


class RenewSettings(Section):
    """Whose streams, of what."""

    topic: str
    """The topic of the streams."""

    key: str | None = None
    """The record key of the streams; a template. Absent: the streams of the whole topic."""

    path: str
    """The path of the streams, whose cookie is renewed too where the request brings it; a template."""


class RenewPlugin:
    """Writes that the caller's streams of a key may go on until this token ends, and answers 204 once the log holds it.

    Every results server hears of it and extends the streams of that subject; those of a tier above the token's are left
    to end. A stream keeps the tier that it began with, and a token that ends earlier shortens nothing.
    A browser whose stream was opened by a ticket gets a new cookie, unless the one that it has lasts longer.
    """

    name: ClassVar[str] = "renew"
    answers: ClassVar[bool] = True
    cookie: ClassVar[bool] = True
    Settings: ClassVar[type[RenewSettings]] = RenewSettings

    def __init__(self, settings: RenewSettings, services: Services) -> None:
        record = RecordSettings(
            topic=sessions_topic(services.gateway),
            type=StreamRenewed.type,
            key=settings.key or settings.topic,
            status=204,
        )
        self._writer = RecordWriter(record, services)
        self._topic = settings.topic
        self._key = Template(settings.key) if settings.key else None
        self._path = Template(settings.path)
        self._tickets = services.tickets
        self._clock = services.clock
        self._secure = services.gateway.edge.listener.tls is not None
        self.needs = self._writer.needs | self._path.needs

    @classmethod
    def described(cls, settings: RenewSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        cookie = Header(says="Where the request brought a cookie that ends sooner.", schema=TEXT)
        renewed = Answer(
            status=204, says="The caller's streams go on until this token ends.", headers={"Set-Cookie": cookie}
        )
        written = Written(
            topic=gateway.results.sessions or "", type=StreamRenewed.type, key=settings.key or settings.topic
        )
        return Part(answers=(renewed, *STORING), writes=(written,))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Produces, and waits for the acknowledgement."""
        key = self._key.fill(exchange) if self._key else None
        renewed = StreamRenewed(topic=self._topic, key=key, expires=exchange.caller().expires or 0.0)
        reply = await self._writer.write(exchange, encode_session(renewed), content_type=JSON)
        if reply.status >= 400:  # the writer's own refusal of a header
            return reply
        return Reply(status=reply.status, reason="renewed", headers=tuple(self._cookies(exchange)))

    def _cookies(self, exchange: Exchange) -> list[tuple[str, str]]:
        caller, path = exchange.caller(), self._path.fill(exchange)
        kept = self._tickets.read_cookie(exchange.credentials.cookie, path=path)
        if kept is None or kept.subject != caller.subject or lasts(kept) >= lasts(caller):
            return []
        value = self._tickets.cookie(caller, path=path, random=self._clock.random(RANDOM_BYTES))
        seconds = None if caller.expires is None else caller.expires - self._clock.now_ms() / 1000
        return [("set-cookie", set_cookie(value, path=path, seconds=seconds, secure=self._secure))]
