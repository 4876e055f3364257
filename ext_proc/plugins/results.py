"""`results`: lets a reader through to the results server, with what it may see decided here."""

from collections.abc import Collection
from typing import ClassVar
from urllib.parse import unquote

from ext_proc import moment
from ext_proc.described.part import Part
from ext_proc.described.reading import described_stream
from ext_proc.exchange import Exchange
from ext_proc.filters import RecordFilter
from ext_proc.plugin import Services
from ext_proc.reply import Reply, problem
from ext_proc.results.reader.subscription import Start, Subscription
from ext_proc.results.route import ResultsSettings
from ext_proc.template import Template, Unfilled
from runtime.settings.gateway import Gateway


class ResultsPlugin:
    """Hands the decision on as a header that only the processor can set; Envoy then routes to the results server."""

    name: ClassVar[str] = "results"
    cluster: ClassVar[str] = "results"
    provides: ClassVar[frozenset[str]] = frozenset({"stream"})
    Settings: ClassVar[type[ResultsSettings]] = ResultsSettings

    def __init__(self, settings: ResultsSettings, services: Services) -> None:
        _check(settings, topics=services.gateway.topics)
        self._settings = settings
        self._key = Template(settings.key) if settings.key is not None else None
        self._partition_key = Template(settings.partition_key) if settings.partition_key is not None else None
        tiers = tuple(tier.name for tier in services.gateway.tiers)
        self._filters = tuple(RecordFilter(each, tiers=tiers) for each in settings.filters)
        parts = [part for part in (self._key, self._partition_key, *self._filters) if part]
        self.needs = frozenset({"identity"}).union(*(part.needs for part in parts))

    @classmethod
    def described(cls, settings: ResultsSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        return described_stream(settings)

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Describes the subscription; 400 where the request lacks what a template needs, or `since` is no time."""
        try:
            subscription = self._subscription(exchange)
        except Unfilled as error:
            return _bad(exchange, f"{error.name} is needed.")
        except _NoTime:
            return _bad(exchange, "since is neither ISO 8601 nor milliseconds since the epoch.")
        exchange.upstream.extend(subscription.headers())
        return None

    def _subscription(self, exchange: Exchange) -> Subscription:
        settings, caller, owned = self._settings, exchange.caller(), exchange.id
        issued_at = owned.issued_at if owned and self._key else None
        return Subscription(
            topic=settings.topic,
            key=self._key.fill(exchange) if self._key else None,
            partition_key=self._partition_key.fill(exchange) if self._partition_key else None,
            user_id=caller.subject,
            tier=caller.tier,
            query_id=owned.value if owned and self._key else "",
            owner=settings.owner,
            signed=settings.signed,
            filters=tuple(each.fill(exchange) for each in self._filters),
            start=settings.start if issued_at is not None else _since(exchange.query, settings.start),
            since=issued_at,
            known_by=settings.known_by or "",
            missing="wait" if issued_at is not None or not self._key else settings.missing,
            unseen=settings.unseen if self._key else 0.0,
            only=settings.only,
            named=settings.named,
            ends=settings.ends and self._key is not None,
            challenge=settings.challenge,
            expires=caller.expires or 0.0,
            ticket=exchange.ticket,
        )


class _NoTime(Exception):
    """The request says `since`, and then no time."""


def _check(settings: ResultsSettings, *, topics: Collection[str]) -> None:
    for topic in filter(None, (settings.topic, settings.known_by)):
        if topic not in topics:
            msg = f"topic {topic!r} is not declared under topics"
            raise ValueError(msg)
    if settings.key is None and (settings.partition_key is not None or settings.known_by):
        msg = "partition_key and known_by say something of a key, and there is none"
        raise ValueError(msg)


def _since(query: str, start: Start) -> Start:
    """The time that the request asks for, or else `start`.

    Raises:
        _NoTime: It is no time.
    """
    text = next((text for part in query.split("&") for name, _, text in [part.partition("=")] if name == "since"), "")
    if not text:
        return start
    # A plus is meant as one: it begins the offset of a time, and few write it as %2B.
    since = moment.parse(unquote(text))
    if since is None:
        raise _NoTime
    return since


def _bad(exchange: Exchange, detail: str) -> Reply:
    return problem(400, "bad-request", detail, instance=exchange.path, trace_id=exchange.trace_id)
