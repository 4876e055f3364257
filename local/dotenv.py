"""`python -m local.dotenv EXAMPLE FILE`: the file of variables that containers are started with, with secrets made up.

It needs no package, so that it runs on a machine that has nothing but Python and Docker.
"""

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

MARK = "# -- made up"
"""Below this line of the example, each name without a value is given one."""

BYTES = 32


def made(example: str) -> str:
    """The text of the example with a secret for each name that wants one."""
    before, mark, after = example.partition(f"{MARK}\n")
    return before + mark + "".join(map(_filled, after.splitlines(keepends=True)))


def write(example: Path, file: Path) -> bool:
    """Makes the file, readable by its owner alone; leaves one that is there as it is, and tells whether it made it.

    Raises:
        OSError: It cannot be written, or there is no example.
    """
    content = made(example.read_text(encoding="utf-8"))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(content)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Makes the file and says so; status 1 where it cannot."""
    example, file = map(Path, sys.argv[1:] if arguments is None else arguments)
    try:
        if write(example, file):
            print(f"sluice: made {file} with secrets of its own")
    except OSError as error:
        print(f"sluice: {file} cannot be made: {error}", file=sys.stderr)
        return 1
    return 0


def _filled(line: str) -> str:
    name = line.removesuffix("\n").removesuffix("=")
    return f"{name}={secrets.token_urlsafe(BYTES)}\n" if line == f"{name}=\n" else line


if __name__ == "__main__":
    sys.exit(main())
