"""A request claims its key in the log, and the log decides whose it is.

```
claim written ──► read back ──► whose claim stands? ──► carried out ──► record acknowledged ──► fulfilment written ──► 202
```
All claims on a key lie in one partition, so every replica sees the same order, also one that has just started.
"""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from bus.errors import BusError, BusUnavailable
from bus.ports import Producer
from bus.records import Partition, Receipt, Record
from ext_proc.idempotency.entry import Entry
from ext_proc.idempotency.table import Table
from ext_proc.idempotency.verdict import InFlight, Verdict, judge
from runtime.clock import Clock
from schemas.envelope import Caller, Envelope
from schemas.idempotency import Claimed, Fulfilled, Marked, Origin, Released, Said, Written, encode_idempotency
from schemas.signature import Signer

PATIENCE = 5.0  # seconds until what Kafka has acknowledged must be read back

_NOBODY = Caller(user_id="gateway", tier="none")  # a signature needs somebody; who called is not in this topic

_log = logging.getLogger("sluice.idempotency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request under a key.

    Attributes:
        name: The key, as the log has it.
        holder: The request; one that Envoy asks again elsewhere is still the same.
        asked: What it is by itself.
    """

    name: bytes
    holder: bytes
    asked: Origin


class Claimant:
    """Claims for the requests of one process."""

    def __init__(
        self, table: Table, *, producer: Producer, signer: Signer, clock: Clock, source: str, patience: float = PATIENCE
    ) -> None:
        self._table = table
        self._producer = producer
        self._signer = signer
        self._clock = clock
        self._source = source
        self._patience = patience

    async def claim(self, attempt: Attempt) -> Verdict:
        """Decides, once what the log says of the key is known.

        Raises:
            BusError: Kafka did not take the claim, or did not give it back in time.
        """
        entry = self._table.find(attempt.name)
        verdict = self._at_once(entry, attempt)
        if verdict is not None:
            return verdict
        asked = attempt.asked
        if entry is not None and entry.origin.fingerprint == asked.fingerprint:
            asked = entry.origin  # for those who will read this claim and not the first any more
        receipt = await self._write(attempt, Claimed(holder=attempt.holder, origin=asked))
        await self._read_back(receipt)
        stands = self._table.find(attempt.name)
        # A claim that is read back and not known has come when its time was over, or among too many: nobody's, then.
        return judge(stands, holder=attempt.holder, asked=attempt.asked) if stands is not None else InFlight()

    async def fulfil(self, attempt: Attempt, origin: Origin, receipt: Receipt) -> None:
        """Returns once everybody who comes later is sure to get this answer.

        Raises:
            BusError: Kafka did not take it. The record is there all the same.
        """
        written = Written(
            topic=receipt.topic, partition=receipt.partition, offset=receipt.offset, timestamp=receipt.timestamp
        )
        await self._write(attempt, Fulfilled(holder=attempt.holder, origin=origin, written=written))

    def mark(self, attempt: Attempt, marked: Marked) -> Awaitable[Receipt]:
        """Writes how far a request with many records is.

        Raises:
            BusError: Kafka does not take it.
        """
        return self._producer.send(self._record(attempt, marked))

    def known(self, attempt: Attempt) -> Entry | None:
        """What is known of the key here, as far as has been read."""
        return self._table.find(attempt.name)

    def release(self, attempt: Attempt) -> None:
        """Lets others try, as far as Kafka takes it: else they wait until the lease has run out."""
        try:
            self._producer.send(self._record(attempt, Released(holder=attempt.holder)))
        except BusError as error:
            _log.warning("a key is not released: %s", error)

    def _at_once(self, entry: Entry | None, attempt: Attempt) -> Verdict | None:
        """The verdict, where no record that is still unread could change it, or one who comes back soon may hear another."""
        if entry is None:
            return None
        verdict = judge(entry, holder=attempt.holder, asked=attempt.asked)
        if entry.written is not None:
            return verdict
        now, terms = self._clock.now_ms(), self._table.kept.terms
        leased = not entry.released and now < entry.since + terms.lease
        mine = entry.holder == attempt.holder
        return verdict if leased and (mine or isinstance(verdict, InFlight)) else None

    async def _read_back(self, receipt: Receipt) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._table.reached(Partition(receipt.topic, receipt.partition), receipt.offset)
        except TimeoutError as error:
            raise BusUnavailable(doing="reading back that a key is claimed") from error

    async def _write(self, attempt: Attempt, said: Said) -> Receipt:
        return await self._producer.send(self._record(attempt, said))

    def _record(self, attempt: Attempt, said: Said) -> Record:
        topic, key, body = self._table.kept.topic, attempt.name.hex().encode(), encode_idempotency(said)
        kind = said.type.split(".")[-2]
        envelope = Envelope(
            id=f"{attempt.holder.hex()}.{kind}",
            source=self._source,
            type=said.type,
            time=self._clock.now_ms(),
            caller=_NOBODY,
        )
        headers = envelope.headers(topic=topic, key=key, body=body, signer=self._signer)
        return Record(topic=topic, key=key, value=body, headers=headers)
