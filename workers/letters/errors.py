"""What keeps somebody from settling dead letters.

```
LettersError
├── Unwanted         a letter cannot be redriven: it is reported, and left
├── NoSuchLetter     nothing of that kind lies at the place
├── Overtaken        somebody else has begun to settle letters
└── StillDeciding    Kafka has not decided on a transaction that a worker left open
```
"""

from workers.letters.place import Place


class LettersError(Exception):
    """Anything that is told in one line."""


class Unwanted(LettersError):
    """Writing the record again would help nobody."""


class NoSuchLetter(LettersError):
    """The place holds no dead letter."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"there is no dead letter at {place}")
        self.place = place


class Overtaken(LettersError):
    """Two at once: the one that began later goes on."""

    def __init__(self) -> None:
        super().__init__("another redrive or drop has begun since; it goes on, and this one has settled nothing more")


class StillDeciding(LettersError):
    """What was settled before cannot be seen yet, so nothing is settled now."""

    def __init__(self, partition: int) -> None:
        super().__init__(
            f"a transaction in partition {partition} of the dead letters is not decided; try again in a minute"
        )
        self.partition = partition
