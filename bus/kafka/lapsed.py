"""kafka-python's producer, which never sends what it has already given up.

In release 3.0.12 the sender takes what is to be sent, then looks which of it has been waiting for too long, tells whoever
waits that it has failed, and sends it all the same. A process that was frozen would so write, when it wakes up, what its
successor has long written in its place.
"""

from collections.abc import Callable, Mapping
from typing import Any

from kafka import KafkaProducer

Batches = Mapping[Any, list[Any]]  # by node


class PunctualProducer(KafkaProducer):
    """Sends what is still in time. What it leaves out makes a gap in its numbers, so it is to be replaced after that."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        sender: Any = self._sender
        create: Callable[[Batches], Any] = sender._create_produce_requests  # noqa: SLF001
        sender._create_produce_requests = lambda batches: create(in_time(batches))  # noqa: SLF001


def in_time(batches: Batches) -> Batches:
    """The same lists, without what has an outcome already."""
    for waiting in batches.values():
        waiting[:] = [batch for batch in waiting if batch.final_state is None]
    return batches
