"""What a test can do to the transactions of the in-memory bus."""

import pytest

from bus.errors import BusUnavailable, Undecided
from bus.memory import MemoryBus
from bus.records import Bounds, Commit, Partition
from tests.bus.contract.helpers import Listener, create, record, values

AT = Partition("t", 0)


@pytest.mark.parametrize("landed", [True, False])
async def test_a_doubt_is_a_transaction_that_landed_or_not(landed: bool) -> None:  # noqa: FBT001 - a parameter
    """The next transaction is undecided, wholly one way or the other, and the one after is not."""
    bus, listener = MemoryBus(), Listener()
    await create(bus, "t", partitions=1)
    async with (
        bus.consumer(group="g", topics=["t"], listener=listener) as consumer,
        bus.transactions(name="w") as transactions,
        bus.reader() as reader,
    ):
        await listener.owns(1)
        bus.doubt(landed=landed)
        with pytest.raises(Undecided) as caught:
            await transactions.commit([record("t", "doubted")], offsets={AT: Commit(1)}, consumer=consumer)
        assert caught.value.writer == "w"
        assert ({AT: Commit(1)} if landed else {}) == await consumer.committed([AT])
        assert (["doubted"] if landed else []) == values(await reader.read(AT, 0, limit=10))
        await transactions.commit([record("t", "sure")])
        assert await reader.bounds(AT) == Bounds(0, 1 + landed)


async def test_in_an_outage_nothing_is_written() -> None:
    """Entered or used during an outage, it says so, and works afterwards."""
    bus = MemoryBus()
    await create(bus, "t", partitions=1)
    bus.stop()
    async with bus.transactions(name="w") as transactions:
        with pytest.raises(BusUnavailable):
            await transactions.commit([record("t")])
        bus.start()
        assert [0] == [receipt.offset for receipt in await transactions.commit([record("t")])]
