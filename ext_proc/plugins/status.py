"""`status`: lets a question after a query's state through to the results server."""

from typing import ClassVar

from ext_proc.described.part import Part
from ext_proc.described.reading import described_state
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.route import StatusSettings
from ext_proc.template import Template
from runtime.settings.gateway import Gateway


class StatusPlugin:
    """Hands the decision on as a header that only the processor can set; Envoy then routes to the results server.

    What is answered is `queued`, `running`, or the final result, with an `ETag`; `Prefer: wait=N` holds it back
    until it is final, or, with `If-None-Match`, until it is another.
    """

    name: ClassVar[str] = "status"
    cluster: ClassVar[str] = "results"
    Settings: ClassVar[type[StatusSettings]] = StatusSettings

    def __init__(self, settings: StatusSettings, services: Services) -> None:
        _check(settings, services)
        self._settings = settings
        self._key = Template(settings.key)
        self.needs = frozenset({"identity"}) | self._key.needs

    @classmethod
    def described(cls, settings: StatusSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        return described_state(settings)

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Describes what is asked."""
        settings, caller, owned = self._settings, exchange.caller(), exchange.id
        subscription = Subscription(
            topic=settings.topic,
            key=self._key.fill(exchange),
            user_id=caller.subject,
            tier=caller.tier,
            view="status",
            query_id=owned.value if owned else "",
            since=owned.issued_at if owned else None,
            known_by=settings.known_by,
            answers=settings.answers or "",
            wait=settings.wait,
            expires=caller.expires or 0.0,
        )
        exchange.upstream.extend(subscription.headers())
        return None


def _check(settings: StatusSettings, services: Services) -> None:
    gateway = services.gateway
    for topic in filter(None, (settings.topic, settings.known_by, settings.answers)):
        if topic not in gateway.topics:
            msg = f"topic {topic!r} is not declared under topics"
            raise ValueError(msg)
    if settings.wait >= gateway.edge.stream_idle:
        msg = f"wait is {settings.wait} s, and Envoy ends what is silent for {gateway.edge.stream_idle:g} s"
        raise ValueError(msg)
