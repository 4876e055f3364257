"""Questions for streams, asked just before their streams are opened, as clients do.

A stream of a query that is older than what the results server remembers begins with a read of Kafka. That is another thing
to measure than what is measured here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.peer.log import Log
from bench.streams import records
from bench.streams.contenders import Streaming
from bench.streams.keys import Key, issue, requests
from local.system import System
from schemas.signature import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query that is known, and the request for its stream."""

    key: Key
    request: str


class Asking:
    """Asks for one contender."""

    def __init__(self, system: System, contender: Streaming) -> None:
        self._system = system
        self._contender = contender

    async def ask(self, count: int) -> list[Asked]:
        """So many new queries, which Kafka holds where the contender looks for them."""
        keys = issue(count, secret=self._system.gateway.keys.ids.get_secret_value())
        if self._contender.questions:
            await self._write(keys)
        made = requests(keys, signing=self._system.keys.signing, at=self._contender.at)
        return [Asked(key=key, request=request) for key, request in zip(keys, made, strict=True)]

    async def _write(self, keys: Sequence[Key]) -> None:
        signer = Signer(self._system.gateway.keys.records.get_secret_value())
        topic = self._contender.questions
        async with Log(bootstrap=self._system.kafka_bootstrap, topic=topic) as log:
            sent = []
            for number, key in enumerate(keys):
                name = key.value.encode()
                body, headers = records.question(topic=topic, key=name, owner=key.owner, number=number, signer=signer)
                sent.append(await log.send(key=name, value=body, headers=headers))
            for each in sent:
                await each
