"""How a gRPC call ends (https://grpc.io/docs/guides/status-codes/), as far as we say it."""

from enum import IntEnum


class Status(IntEnum):
    """`grpc-status`."""

    OK = 0
    CANCELLED = 1
    INVALID_ARGUMENT = 3
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
