"""`issue_id`: a document gets an id that proves its owner, or keeps the one its client chose; see `ext_proc.identifiers`."""

from typing import ClassVar

from ext_proc.described.answers import INVALID
from ext_proc.described.part import Part
from ext_proc.exchange import Exchange
from ext_proc.identifiers import OwnedId
from ext_proc.plugin import Services
from ext_proc.reply import Reply, invalid
from ext_proc.template import Template, Unfilled
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway
from schemas.violation import Violation

_RANDOM_BYTES = 10


class IssueIdSettings(Section):
    """Which member of the document holds the id."""

    field: str
    """The member; filled where the client left it out."""

    otherwise: str | None = None
    """What a client without an id has chosen instead; a template. Where that is no id either, one is issued."""


class IssueIdPlugin:
    """Sets `exchange.id`, and the document's member where the client left it out.

    400 for an id in the form of issued ones that is not this caller's: nobody squats on an id to come.
    """

    name: ClassVar[str] = "issue_id"
    alone: ClassVar[bool] = True
    issues: ClassVar[bool] = True
    provides: ClassVar[frozenset[str]] = frozenset({"id"})
    Settings: ClassVar[type[IssueIdSettings]] = IssueIdSettings

    def __init__(self, settings: IssueIdSettings, services: Services) -> None:
        self._field = settings.field
        self._otherwise = Template(settings.otherwise) if settings.otherwise else None
        self._identifiers = services.identifiers
        self.needs = frozenset({"identity", "document"}).union(self._otherwise.needs if self._otherwise else ())

    @classmethod
    def described(cls, settings: IssueIdSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        return Part(answers=(INVALID,), gives=settings.field)

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Resolves the id, or issues one."""
        document = exchange.document
        if document is None:
            return None
        subject = exchange.caller().subject
        if self._field in document:
            exchange.id = self._identifiers.resolve(str(document[self._field]), subject=subject)
        else:
            exchange.id = self._chosen(exchange, subject) or self._issued(exchange, subject)
            document[self._field] = exchange.id.value
            exchange.changed = True
        if exchange.id is not None:
            return None
        violation = Violation(pointer=f"#/{self._field}", detail="this form is kept for ids that the gateway issues")
        return invalid([violation], instance=exchange.path, trace_id=exchange.trace_id)

    def _chosen(self, exchange: Exchange, subject: str) -> OwnedId | None:
        try:
            value = self._otherwise.fill(exchange) if self._otherwise else ""
        except Unfilled:
            return None
        return self._identifiers.resolve(value.strip('"'), subject=subject)

    def _issued(self, exchange: Exchange, subject: str) -> OwnedId:
        random, at = exchange.unique[:_RANDOM_BYTES], exchange.received_at
        return self._identifiers.issue(subject=subject, now_ms=at, random=random, by=exchange.issuer)
