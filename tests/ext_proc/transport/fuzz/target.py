"""What a fuzzer runs: a program drawn from its bytes, in two cuts that must come to the same."""

from tests.ext_proc.transport.fuzz.program import program
from tests.ext_proc.transport.fuzz.session import Session, byte_by_byte, whole

SLOW = 2000
"""Bytes above which the second run is cut into pieces of seven."""


def target(raw: bytes) -> None:
    """Nothing is raised, nothing is said that may not be said, and how the bytes were cut makes no difference."""
    steps = program(raw)
    said = Session(cut=whole).run(steps)
    assert said == Session(cut=sevens if len(said) + len(raw) > SLOW else byte_by_byte).run(steps), "a cut was seen"


def sevens(data: bytes) -> list[bytes]:
    """Pieces of seven bytes, which end in frame headers, prefixes and payloads alike."""
    return [data[at : at + 7] for at in range(0, len(data), 7)]
