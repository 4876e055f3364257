"""What was measured of bulk uploads."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.system import KAFKA


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One upload, or as many single POSTs to a service that knows nothing else.

    Attributes:
        rate: Records a second, the cores shared with the broker and with whoever sends.
        cpu: CPU microseconds of a record, by process.
    """

    rate: float
    cpu: Mapping[str, float]

    @property
    def own_cpu(self) -> float:
        """Of the contender's processes together, without the broker."""
        return sum(spent for name, spent in self.cpu.items() if name != KAFKA)
