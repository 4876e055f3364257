"""`python -m demo.page.walkthrough [--check]`: writes docs/walkthrough.md, or says whether it is fresh."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.page.walkthrough.book import FILE, book


def main(given: Sequence[str] | None = None, *, root: Path = Path()) -> None:
    """Reads the command line and does it; status 1 where the file is not what the code makes."""
    parser = argparse.ArgumentParser(prog="python -m demo.page.walkthrough", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether it is fresh")
    told, file, made = parser.parse_args(given), root / FILE, book()
    if not told.check:
        file.write_text(made, encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != made:
        sys.exit(f"not fresh: {FILE}; run `make generate`")


if __name__ == "__main__":
    main()
