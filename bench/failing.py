"""Errors that end a run in one line."""

from bench.errors import BenchError
from demo.errors import ClientError
from local.errors import LocalError
from local.kafka.errors import LocalKafkaError

EXPECTED = (BenchError, ClientError, LocalError, LocalKafkaError)


def first(error: BaseException) -> BaseException:
    """Tasks that failed together come as a group; one line is enough."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
