"""`results`: lets a reader through to the results server, with what it may see decided here."""

from typing import ClassVar, Literal

from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply
from ext_proc.results.reader.subscription import Subscription
from ext_proc.template import Template
from runtime.settings.base import Section


class ResultsSettings(Section):
    """What is followed."""

    topic: str
    """One of `topics`."""

    key: str
    """The record key that is followed; a template."""

    known_by: str | None = None
    """A topic whose records prove that a key exists."""

    missing: Literal["not-found", "wait"] = "not-found"
    """For a key that a client chose and nobody has seen; an issued id is waited for."""


class ResultsPlugin:
    """Hands the decision on as headers that only the processor can set; Envoy then routes to the results server."""

    name: ClassVar[str] = "results"
    cluster: ClassVar[str] = "results"
    Settings: ClassVar[type[ResultsSettings]] = ResultsSettings

    def __init__(self, settings: ResultsSettings, services: Services) -> None:
        for topic in filter(None, (settings.topic, settings.known_by)):
            if topic not in services.gateway.topics:
                msg = f"topic {topic!r} is not declared under topics"
                raise ValueError(msg)
        self._settings = settings
        self._key = Template(settings.key)
        self.needs = frozenset({"identity"}) | self._key.needs

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Describes the subscription."""
        caller, owned = exchange.caller(), exchange.id
        issued_at = owned.issued_at if owned else None
        subscription = Subscription(
            topic=self._settings.topic,
            key=self._key.fill(exchange),
            user_id=caller.subject,
            tier=caller.tier,
            query_id=owned.value if owned else "",
            since=issued_at,
            known_by=self._settings.known_by or "",
            missing="wait" if issued_at is not None else self._settings.missing,
            expires=caller.expires or 0.0,
        )
        exchange.upstream.extend(subscription.headers())
        return None
