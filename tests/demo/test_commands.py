"""The demo's commands as processes: what they print, and how they fail."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import jwt
import pytest

from local.kafka.ports import free_port
from local.keys import Keys


async def run(*args: str, home: Path, port: int = 1, profile: str = "") -> tuple[int | None, str, str]:
    """Runs `python -m ...` and gives its status, output and errors."""
    environ = {**os.environ, "SLUICE_HOME": str(home), "PORT": str(port), "PROFILE": profile}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *args, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_token_prints_a_token_and_nothing_else(tmp_path: Path) -> None:
    """What is printed can go straight into a header."""
    status, out, err = await run("demo.token", "--tier", "standard", "--sub", "bob", "--scope", "a b", home=tmp_path)
    claims = jwt.decode(out.strip(), options={"verify_signature": False})

    assert (status, err, out.count("\n")) == (0, "", 1)
    assert (claims["tier"], claims["sub"], claims["scope"]) == ("standard", "bob", "a b")
    assert (tmp_path / "keys").is_dir()


async def test_token_names_keys_that_are_broken(tmp_path: Path) -> None:
    """One line, on standard error, so that `$(make token)` is empty."""
    Keys.open(tmp_path)
    (tmp_path / "keys" / "signing.pem").write_text("")
    status, out, err = await run("demo.token", home=tmp_path)

    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "has no usable keys" in err


async def test_ask_without_a_demo_says_how_to_start_it(tmp_path: Path) -> None:
    """One line and status 1."""
    port = free_port()
    status, out, err = await run("demo.ask", "How?", home=tmp_path, port=port)

    assert (status, out) == (1, "")
    assert err == f"sluice: nothing answers at http://127.0.0.1:{port}; is it running? `make demo` starts it\n"


async def test_the_demo_names_a_port_that_is_in_use(tmp_path: Path) -> None:
    """One line and status 1, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, _, err = await run("demo", home=tmp_path, port=port)

    assert status == 1
    assert err == f"sluice: port {port}, for the public address, is in use; choose another with PORT=...\n"
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - not a blocking call of any length


@pytest.mark.parametrize("command", [("demo",), ("demo.ask", "How?"), ("demo.token",)], ids=" ".join)
async def test_a_profile_that_there_is_not_is_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Every command says which there are, and does nothing."""
    status, out, err = await run(*command, home=tmp_path, profile="kong")

    assert (status, out, err) == (1, "", "sluice: PROFILE=kong is none; there are native, zilla\n")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - not a blocking call of any length
