"""`python -m tests.ext_proc.transport.h2spec BINARY`: h2spec against a transport, on a TCP port in front of its socket."""

import argparse
import asyncio
import re
import sys
import tempfile
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.ext_proc.transport.pump import pumped
from tests.ext_proc.transport.served import TRANSPORTS, serving

EXPLAINED = {
    "Sends a dynamic table size update",
    "Sends multiple dynamic table size update",
    "Sends multiple CONTINUATION frames preceded by a HEADERS frame",
}
"""Cases that native fails, and why: docs/transport.md, "h2spec"."""

_FAILED = re.compile("\N{MULTIPLICATION SIGN}" r" \d+: (.+?)\s*$", re.MULTILINE)


def main() -> None:
    """Prints what h2spec says; status 1 where a case fails that is not explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.ext_proc.transport.h2spec", description=__doc__)
    parser.add_argument("binary", type=Path)
    parser.add_argument("--transport", choices=sorted(TRANSPORTS), default="native")
    options = parser.parse_args()
    told = asyncio.run(_run(options.binary, options.transport))
    print(told)  # noqa: T201
    failed = set(_FAILED.findall(told))
    print("unexplained:", ", ".join(sorted(failed - EXPLAINED)) or "none")  # noqa: T201
    sys.exit(bool(failed - EXPLAINED) or "tests," not in told)


async def _run(binary: Path, transport: str) -> str:
    with tempfile.TemporaryDirectory(prefix="h-") as folder:
        async with serving(transport, Path(folder)) as served, pumped(served.socket) as port:
            process = await asyncio.create_subprocess_exec(
                *(binary, "-h", "127.0.0.1", "-p", str(port), "-o", "2"), stdout=PIPE
            )
            told, _ = await process.communicate()
            return told.decode()


if __name__ == "__main__":
    main()
