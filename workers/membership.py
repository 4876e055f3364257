"""A worker's place in its group."""

from collections.abc import Awaitable

from bus.errors import BusUnavailable
from bus.ports import Consumer, Producer
from bus.records import Receipt, Record


class Membership:
    """Known to whoever must not go on once the place is lost; filled when the worker joins."""

    def __init__(self) -> None:
        self.consumer: Consumer | None = None

    def holds(self) -> bool:
        """Whether the group still counts on this worker, as far as it can know without asking."""
        return self.consumer is not None and self.consumer.holds()


class Fence:
    """A producer for what no transaction guards: it refuses a worker that was frozen, or cut off, for too long.

    The group may have given its partitions away by then, and what it went on writing would stand in the middle of what
    another worker writes. What is in the producer's hands at that moment has expired: `kafka.producer.delivery_timeout`
    is shorter than `kafka.consumer.session_timeout`.
    """

    def __init__(self, producer: Producer, membership: Membership) -> None:
        self._producer = producer
        self._membership = membership

    def send(self, record: Record) -> Awaitable[Receipt]:
        """As `Producer.send`.

        Raises:
            BusFull: As there.
            BusUnavailable: As there; also while the place in the group is in doubt.
        """
        if not self._membership.holds():
            raise BusUnavailable(doing="holding the worker's place in its group")
        return self._producer.send(record)
