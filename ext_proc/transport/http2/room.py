"""The memory that peers can make us hold, counted in one place."""


class Room:
    """So many bytes for all streams of a server: messages that are not whole or not handled yet, and answers that wait.

    Whoever asks for more than is left is refused, so that the others keep what they have.
    """

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, count: int) -> bool:
        """Takes so many bytes, if there are as many; a negative count gives some back."""
        if count > self.left:
            return False
        self.left -= count
        return True
