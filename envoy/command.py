"""How the binary is called."""

import asyncio
import json
import math
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from tempfile import TemporaryDirectory

from envoy.binary import binary
from envoy.errors import EnvoyRefused
from runtime.leash import leashed
from runtime.settings.gateway import Gateway

LOG_FORMAT = '{"time":"%Y-%m-%dT%T.%eZ","level":"%l","process":"envoy","logger":"%n","message":"%j"}'
"""Envoy's own log as JSON lines, like ours; `%j` escapes the message."""

# Several Envoys may run on one machine: without hot restart they share no memory and need no base id.
COMMON = (
    "--disable-hot-restart",
    "--log-level",
    "warning",
    "--log-format",
    LOG_FORMAT,
    "--file-flush-interval-msec",
    "500",
)
VALIDATE_SECONDS = 30.0


async def validate(bootstrap: str) -> None:
    """Lets Envoy itself judge a bootstrap.

    Raises:
        EnvoyRefused: With what it said.
        EnvoyNotFound: There is no binary.
    """
    with TemporaryDirectory() as folder:
        config = Path(folder) / "envoy.json"
        config.write_text(bootstrap, encoding="utf-8")
        arguments = ("--mode", "validate", "-c", config, *COMMON)
        process = await asyncio.create_subprocess_exec(binary(), *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
        async with asyncio.timeout(VALIDATE_SECONDS):
            _, said = await process.communicate()
    if process.returncode != 0:
        raise EnvoyRefused(said=last_message(said.decode(errors="replace")))


async def start(config: Path, *, admin: Path, gateway: Gateway, log: int | None = None) -> Process:
    """Starts Envoy as a child that cannot outlive this process.

    Args:
        config: The bootstrap's file.
        admin: A file in which Envoy writes where its admin interface listens.
        gateway: For how long it may drain.
        log: A descriptor for its access log and its own log; else they are this process's output.
    """
    drain = str(max(1, math.ceil(gateway.edge.drain)))
    arguments = ("-c", config, "--admin-address-path", admin, "--drain-time-s", drain, *COMMON)
    command = leashed(str(binary()), *map(str, arguments))
    # A session of its own, so that Ctrl-C reaches this process alone, and draining comes before stopping.
    return await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=log, stderr=log, start_new_session=True)


def last_message(said: str) -> str:
    """The last thing that Envoy logged, without the log's form."""
    lines = [line for line in said.splitlines() if line.strip()]
    if not lines:
        return "it said nothing"
    try:
        return " ".join(str(json.loads(lines[-1])["message"]).split())
    except (ValueError, KeyError, TypeError):
        return lines[-1]
