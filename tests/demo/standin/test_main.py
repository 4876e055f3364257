"""The stand-in as a process."""

import asyncio
import signal
import sys

from aiohttp import ClientSession

from demo.standin.__main__ import arguments


async def test_process() -> None:
    """It prints its address as its first line, behaves as told, and ends with 0 when it is told to stop."""
    command = ("-m", "demo.standin", "--token-delay", "0", "--first-token-delay", "0.5")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
    async with ClientSession() as session, session.get(f"{url}/control") as response:
        behaviour = (await response.json())["behaviour"]
    assert {name: behaviour[name] for name in ("first_token_delay", "token_delay")} == {
        "first_token_delay": 0.5,
        "token_delay": 0.0,
    }
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


def test_defaults() -> None:
    """Without arguments it takes any free port of this machine."""
    given = arguments([])
    assert (given.host, given.port) == ("127.0.0.1", 0)
