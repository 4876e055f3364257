"""`announce`: a request without a body becomes a record of its own, as a DELETE does."""

from typing import ClassVar

import orjson
from pydantic import Field

from ext_proc.described.answers import members
from ext_proc.described.part import TEXT, Part
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply
from ext_proc.template import Template
from ext_proc.writer import JSON, RecordSettings, RecordWriter, described_writing
from runtime.settings.gateway import Gateway


class AnnounceSettings(RecordSettings):
    """Where the record goes, what it says, and what the caller is told. Texts may hold templates."""

    value: dict[str, str] = Field(min_length=1)
    """The record's value: a JSON object with these members, each a template."""


class AnnouncePlugin:
    """Writes a record that says what `value` says, with acks=all, and answers with its receipt.

    It takes part when the headers are here, so no body is needed; one that is sent all the same is never looked at.
    """

    name: ClassVar[str] = "announce"
    answers: ClassVar[bool] = True
    provides: ClassVar[frozenset[str]] = frozenset({"record"})
    Settings: ClassVar[type[AnnounceSettings]] = AnnounceSettings

    def __init__(self, settings: AnnounceSettings, services: Services) -> None:
        self._writer = RecordWriter(settings, services)
        self._value = {name: Template(text) for name, text in settings.value.items()}
        self.needs = self._writer.needs.union(*(template.needs for template in self._value.values()))

    @classmethod
    def described(cls, settings: AnnounceSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        value = members(**dict.fromkeys(settings.value, TEXT))
        return described_writing(settings, says="The log holds that it was wanted.", value=value)

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Produces, and waits for the acknowledgement."""
        document = {name: template.fill(exchange) for name, template in self._value.items()}
        return await self._writer.write(exchange, orjson.dumps(document), content_type=JSON)
