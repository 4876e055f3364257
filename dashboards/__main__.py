"""`python -m dashboards generate|check|local FOLDER`: Grafana's dashboards and Prometheus' rules, from one source."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboards.local import LocalPrometheus
from runtime.errors import ConfigError


def main(given: Sequence[str] | None = None) -> int:
    """Reads the command line and does what it names; 1 where a file is not fresh."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("generate", help="write the files of this folder anew")
    commands.add_parser("check", help="only say whether they are fresh")
    local = commands.add_parser("local", help="write a Prometheus' configuration for processes on this machine")
    local.add_argument("folder", type=Path)
    options = parser.parse_args(given)
    if options.command == "local":
        return _local(options.folder)
    return _generated(only_look=options.command == "check")


def _local(folder: Path) -> int:
    try:
        LocalPrometheus.of(os.environ).write(folder)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _generated(*, only_look: bool) -> int:
    from dashboards.files import stale, write  # noqa: PLC0415  # Grafana's builders are there in development alone

    if not only_look:
        write()
    elif names := stale():
        sys.stderr.write(f"not fresh in dashboards/: {', '.join(names)}; run `make generate`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
