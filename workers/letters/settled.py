"""Which letters of one partition are settled: a bit for each record that it holds."""

from bus.records import Received
from schemas.dead_letters import Settled, decode_settled
from schemas.errors import Malformed
from schemas.signature import Signer
from workers.errors import Untrusted
from workers.trust import verify


class SettledLetters:
    """Bounded by what the partition holds, at an eighth of a byte a record. What Sluice did not sign settles nothing."""

    def __init__(self, *, partition: int, start: int, end: int, signer: Signer) -> None:
        self._partition = partition
        self._start = start
        self._bits = bytearray((max(0, end - start) + 7) // 8)
        self._signer = signer

    def learn(self, record: Received) -> None:
        """Takes a record of the partition in, whatever it is."""
        if record.header("ce_type") != Settled.type:
            return
        try:
            verify(record, self._signer)
            settled = decode_settled(record.value or b"")
        except (Untrusted, Malformed):
            return
        at = settled.offset - self._start
        # A letter is settled after it was written; what names another partition was copied from there.
        if settled.partition == self._partition and 0 <= at < len(self._bits) * 8 and settled.offset < record.offset:
            self._bits[at // 8] |= 1 << at % 8

    def __contains__(self, offset: int) -> bool:
        """Whether the letter at that offset is settled."""
        at = offset - self._start
        return 0 <= at < len(self._bits) * 8 and bool(self._bits[at // 8] >> at % 8 & 1)
