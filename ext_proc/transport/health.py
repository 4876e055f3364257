"""The gRPC health protocol as far as Envoy asks (https://grpc.io/docs/guides/health-checking/)."""

# A HealthCheckResponse has one field, `status = 1`: SERVING is 1, NOT_SERVING is 2.
_SERVING = b"\x08\x01"
_NOT_SERVING = b"\x08\x02"


class Health:
    """Whether this processor takes requests; until it leaves, it does."""

    def __init__(self) -> None:
        self._leaving = False

    def leave(self) -> None:
        """From now on the answer is NOT_SERVING."""
        self._leaving = True

    def answer(self) -> bytes:
        """A serialized HealthCheckResponse."""
        return _NOT_SERVING if self._leaving else _SERVING
