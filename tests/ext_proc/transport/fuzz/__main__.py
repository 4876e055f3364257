"""Fuzzes the native connection: guided by coverage where atheris is installed, by mutation of recorded traffic where it is not."""

import argparse
import sys
from pathlib import Path

from tests.ext_proc.transport.fuzz.guided import guide

SEEDS = Path(__file__).parent / "seeds"


def main() -> None:
    """Runs for as long as the command line says; status 1, and the input in a file, where something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.ext_proc.transport.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, help="a folder for what is found on the way; by default none is kept")
    parser.add_argument("--plain", action="store_true", help="without atheris, even where it is installed")
    parser.add_argument("inputs", nargs="*", type=Path, help="inputs to run once, as a failure leaves them")
    options = parser.parse_args()
    if options.inputs:
        sys.exit(_replay(options.inputs))
    if options.plain or not guide(seconds=options.seconds, corpus=options.corpus, seeds=SEEDS):
        sys.exit(_mutate(options.seconds))


# atheris has to see it imported whatever is to be guided: so nothing of it is imported above.


def _mutate(seconds: int) -> int:
    from tests.ext_proc.transport.fuzz.engine import mutate  # noqa: PLC0415  # as said

    return mutate(seconds=seconds, seeds=SEEDS)


def _replay(inputs: list[Path]) -> int:
    from tests.ext_proc.transport.fuzz.target import target  # noqa: PLC0415  # as said

    for each in inputs:
        target(each.read_bytes())
    print(f"{len(inputs)} inputs hold")  # noqa: T201
    return 0


if __name__ == "__main__":
    main()
