"""`label`: a document carries a visibility label, and nobody writes above what their own tier may read."""

from typing import ClassVar

from ext_proc.described.part import TEXT, Answer, Part
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply, problem
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway


class LabelSettings(Section):
    """Which member holds the label."""

    field: str
    """The member of the document."""

    default: str
    """Stamped where the document has none; must be one that a tier may read."""


class LabelPlugin:
    """Stamps the default label, and answers 403 with `required_tier` above the writer's tier.

    That holds for the default too: what a caller could not read afterwards is not written silently.
    """

    name: ClassVar[str] = "label"
    needs: ClassVar[frozenset[str]] = frozenset({"identity", "document"})
    Settings: ClassVar[type[LabelSettings]] = LabelSettings

    def __init__(self, settings: LabelSettings, services: Services) -> None:
        self._field = settings.field
        self._default = settings.default
        self._tiers = services.gateway.tiers
        self._writes = {tier.name: frozenset(tier.reads) for tier in self._tiers}
        self._denials = services.metrics.denials
        if not any(settings.default in tier.reads for tier in self._tiers):
            msg = f"no tier reads {settings.default!r}"
            raise ValueError(msg)

    @classmethod
    def described(cls, settings: LabelSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        tiers = {"enum": [tier.name for tier in gateway.tiers]}
        says = f"`{settings.field}` (`{settings.default}` where it is missing) is above the caller's tier."
        above = Answer.problem(403, "label-above-tier", says, members={"required_tier": tiers, "tier": TEXT})
        return Part(answers=(above,))

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Stamps and compares."""
        document = exchange.document
        if document is None:
            return None
        if self._field not in document:
            document[self._field] = self._default
            exchange.changed = True
        label = document[self._field]
        if isinstance(label, str) and label in self._writes.get(exchange.caller().tier, ()):
            return None
        return self._forbidden(exchange, label=str(label))

    def _forbidden(self, exchange: Exchange, *, label: str) -> Reply:
        self._denials.labels(exchange.route, "label-above-tier").inc()
        required = next((tier.name for tier in self._tiers if label in tier.reads), None)
        return problem(
            403,
            "label-above-tier",
            f"Writing {self._field} {label!r} needs the tier {required}.",
            instance=exchange.path,
            trace_id=exchange.trace_id,
            extensions={"required_tier": required, "tier": exchange.caller().tier},
        )
