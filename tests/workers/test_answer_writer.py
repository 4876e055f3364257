"""Text goes out soon, in order, and either whole or known not to be."""

import asyncio
from collections.abc import Awaitable

from bus.errors import BusFull, BusUnavailable, DeliveryFailed
from bus.records import Receipt
from schemas.events import Delta, Event, Reset
from workers.answer_writer import AnswerWriter

RESET = Reset(attempt=2, reason="x")


class Sender:
    """Keeps what it is sent; first it raises what stands in `refusals`. What fails is said by `fate`."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.refusals: list[Exception] = []
        self.fate: Exception | None = None

    def __call__(self, event: Event) -> Awaitable[Receipt]:
        """As `Send`."""
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(event)
        delivery: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        if self.fate:
            delivery.set_exception(self.fate)
        else:
            delivery.set_result(Receipt(topic="t", partition=0, offset=0, timestamp=0))
        return delivery


async def test_the_first_words_go_at_once_and_the_next_are_gathered() -> None:
    """At most one event in each interval."""
    sender = Sender()
    writer = AnswerWriter(sender, interval=0.02)
    for text in ("a", "b", "", "c"):
        writer.text(text)
    assert sender.sent == [Delta(text="a")]
    await asyncio.sleep(0.04)
    assert sender.sent == [Delta(text="a"), Delta(text="bc")]
    assert await writer.settle()


async def test_an_event_does_not_overtake_text() -> None:
    """A quotation follows the words that it belongs to."""
    sender = Sender()
    writer = AnswerWriter(sender, interval=60.0)
    writer.text("a")
    writer.text("b")
    writer.event(RESET)
    writer.text("c")
    assert await writer.settle()
    assert sender.sent == [Delta(text="a"), Delta(text="b"), RESET, Delta(text="c")]


async def test_without_room_events_wait_in_order() -> None:
    """In the worker, as long as it takes."""
    sender = Sender()
    writer = AnswerWriter(sender, interval=0.0)
    sender.refusals = [BusFull(limit=1)] * 3
    writer.text("a")
    writer.event(RESET)
    assert sender.sent == []
    assert await writer.settle()
    assert sender.sent == [Delta(text="a"), RESET]


async def test_what_was_not_acknowledged_is_known() -> None:
    """And nothing more is sent behind the gap."""
    for sender in (Sender(), Sender()):
        writer = AnswerWriter(sender, interval=0.0)
        sender.fate = DeliveryFailed(topic="t", reason="x", retriable=True)
        writer.text("a")
        assert not await writer.settle()
        writer.text("b")
        assert not await writer.settle()
        assert sender.sent == [Delta(text="a")]


async def test_a_broker_that_is_away_breaks_the_answer() -> None:
    """It is written again as a whole, later."""
    sender = Sender()
    sender.refusals = [BusUnavailable(doing="x")]
    writer = AnswerWriter(sender, interval=0.0)
    writer.text("a")
    assert not await writer.settle()


async def test_what_is_closed_says_nothing_more() -> None:
    """Text that waits for its time is dropped, with its timer."""
    sender = Sender()
    writer = AnswerWriter(sender, interval=0.01)
    writer.text("a")
    writer.text("b")
    writer.close()
    await asyncio.sleep(0.02)
    assert sender.sent == [Delta(text="a")]
    AnswerWriter(sender, interval=0.01).close()
