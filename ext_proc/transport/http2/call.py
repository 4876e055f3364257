"""The border to what answers: a stream hands its messages to a call, and knows nothing of what it does."""

from typing import Protocol


class Call(Protocol):
    """What answers one stream."""

    def message(self, message: bytes) -> bool:
        """Takes the next message. False: it is only kept so far, and `stream.taken()` follows once nothing is."""

    def half_closed(self) -> None:
        """The client sends no more."""

    def gone(self) -> None:
        """Nobody waits for an answer any more; said once or more."""

    def sent(self) -> None:
        """What was held back has found room in the windows."""
