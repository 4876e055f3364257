"""`python -m bench.capacity [--check]`: computes the tables of docs/scaling.md anew, or says whether they are."""

import argparse
import sys
from collections.abc import Sequence

from bench.capacity import document
from bench.errors import BenchError


def main(given: Sequence[str] | None = None) -> int:
    """Returns 1 where the tables are not what they have to be."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    try:
        if not parser.parse_args(given).check:
            document.write()
        elif not document.fresh():
            sys.stderr.write("docs/scaling.md does not follow from docs/performance.json: python -m bench.capacity\n")
            return 1
    except BenchError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
