"""What a step of the walkthrough is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to paste into a terminal, in the repository's folder.

    Attributes:
        text: The command, for the usual address.
        shows: What stands in its output, among other things, in this order.
    """

    text: str
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        id: Its name, which does not change.
        title: What is done.
        text: What happens, and why.
        commands: The same with curl; each works without those before it.
        expected: What is to be seen.
    """

    id: str
    title: str
    text: str
    commands: tuple[Command, ...]
    expected: str
