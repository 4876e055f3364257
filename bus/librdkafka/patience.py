"""Asks again while time may help; librdkafka leaves that to who asks, also right after a topic was made or an outage."""

import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from confluent_kafka import KafkaError, KafkaException

from bus.librdkafka import options
from bus.librdkafka.errors import cause, is_away

P = ParamSpec("P")
T = TypeVar("T")

AGAIN_SECONDS = 0.1
LEADERLESS = KafkaError._UNKNOWN_PARTITION  # noqa: SLF001 - how the library names its own codes


def patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the call returns, of a partition that exists, if a broker answers in time. Blocks.

    Raises:
        KafkaException: None did, or it refused.
    """
    deadline = time.monotonic() + options.ANSWER_SECONDS
    while True:
        try:
            return call(*args, **kwargs)
        except KafkaException as error:
            if not (is_away(error) or _is_leaderless(error)):
                raise
            if time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from error  # noqa: SLF001
        time.sleep(AGAIN_SECONDS)


def _is_leaderless(error: KafkaException) -> bool:
    """As librdkafka calls a partition whose broker is away."""
    told = cause(error)
    return told is not None and told.code() == LEADERLESS
