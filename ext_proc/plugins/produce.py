"""`produce`: the body becomes a record, and the caller hears once all in-sync replicas hold it."""

from typing import ClassVar

import orjson

from bus.records import Record
from ext_proc.described.part import Part
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply
from ext_proc.writer import JSON, RecordSettings, RecordWriter, described_writing
from runtime.settings.gateway import Gateway


class ProduceSettings(RecordSettings):
    """Where the record goes, and what the caller is told. Texts may hold templates."""


class ProducePlugin:
    """Writes the record with acks=all and answers with its receipt.

    The document goes as it was sent, byte for byte, unless a plugin before changed it.
    Without a document (no `schema` before) the body goes as it is, under its own content type.
    """

    name: ClassVar[str] = "produce"
    answers: ClassVar[bool] = True
    provides: ClassVar[frozenset[str]] = frozenset({"record"})
    Settings: ClassVar[type[ProduceSettings]] = ProduceSettings

    def __init__(self, settings: ProduceSettings, services: Services) -> None:
        self.topic = settings.topic
        self._writer = RecordWriter(settings, services)
        self.needs = self._writer.needs

    @classmethod
    def described(cls, settings: ProduceSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        return described_writing(settings, says="The log holds it.")

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Produces, and waits for the acknowledgement."""
        return await self._writer.write(exchange, _body(exchange), content_type=_content_type(exchange))

    def record(self, exchange: Exchange) -> Record:
        """As `Writes`."""
        return self._writer.record(exchange, _body(exchange), content_type=_content_type(exchange))


def _body(exchange: Exchange) -> bytes:
    return orjson.dumps(exchange.document) if exchange.changed else exchange.body


def _content_type(exchange: Exchange) -> str:
    return JSON if exchange.document is not None else exchange.headers.get("content-type", "")
