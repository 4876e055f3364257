"""What can be said on the command line of the loader."""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from demo.place import Place

LABELS = ("public", "internal", "confidential")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be loaded, where, and as whom.

    Attributes:
        paths: Files and folders.
        url: The gateway.
        token: To be sent; empty: one is made for `sub` at `tier`, with the demo's own key.
        tier: Of a token that is made.
        sub: Of a token that is made.
        visibility: Of files that do not say it themselves; `None` leaves it to the gateway.
        prefix: Before the id of each document.
        journal: The file in which it is kept what is in.
        again: What is in is sent once more.
        dry_run: Nothing is sent, and what would be is shown.
    """

    paths: Sequence[Path]
    url: str
    token: str
    tier: str
    sub: str
    visibility: str | None
    prefix: str
    journal: Path
    again: bool
    dry_run: bool

    @classmethod
    def told(cls, given: Sequence[str] | None, *, place: Place) -> Self:
        """Reads the command line; what is wrong with it is said, and the process ends with status 2."""
        told = _parser(place).parse_args(given)
        url = told.url.rstrip("/")
        # Another gateway holds other documents.
        kept = place.home / "load" / f"{hashlib.sha256(url.encode()).hexdigest()[:12]}.jsonl"
        return cls(
            paths=told.paths,
            url=url,
            token=told.token,
            tier=told.tier,
            sub=told.sub,
            visibility=told.visibility,
            prefix=told.doc_id_prefix,
            journal=told.journal or kept,
            again=told.again,
            dry_run=told.dry_run,
        )


def _parser(place: Place) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo.load", description="Loads text and Markdown files, and goes on where it was cut off."
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
    parser.add_argument("--visibility", choices=LABELS, help="of files that do not say it themselves")
    parser.add_argument("--tier", default="enterprise", help="free, standard or enterprise")
    parser.add_argument("--sub", default="loader", help="who loads")
    parser.add_argument("--token", default="", help="instead of one that is made for --sub at --tier")
    parser.add_argument("--url", default=place.url, help=f"the gateway ({place.url})")
    parser.add_argument("--doc-id-prefix", default="", help="before the id of each document")
    parser.add_argument("--journal", type=Path, help="where it is kept what is in")
    parser.add_argument("--again", action="store_true", help="send what is in once more")
    parser.add_argument("--dry-run", action="store_true", help="show what would be sent, and send nothing")
    return parser
