"""The walkthrough's commands, as somebody pastes them into a terminal."""

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest

from demo.page.walkthrough.document import moved
from demo.page.walkthrough.shell import MAKE
from demo.page.walkthrough.step import Step
from demo.page.walkthrough.steps import STEPS
from demo.place import Place
from local.commands import ROOT
from local.system import System

IDS = ("identity", "ask", "stream", "log", "add", "tiers", "forged", "stranger", "schema", "expired")
SHORTCUT = """#!/bin/sh
# `make -s token` without what make and Python's imports take: one file for each token that a test has minted.
shift 2
exec cat "$(dirname "$0")/$(echo "$*" | tr ' ' _)"
"""
MINTED = {
    "TIER=free": {"tier": "free"},
    "TIER=standard": {"tier": "standard"},
    "TIER=enterprise": {"tier": "enterprise"},
    "TIER=enterprise_SUB=bob": {"tier": "enterprise", "sub": "bob"},
    "TIER=free_TTL=-600": {"tier": "free", "ttl": -600},
}


def test_there_are_ten_steps_in_their_order() -> None:
    """Links, screenshots and the page's own buttons go by these names."""
    assert tuple(step.id for step in STEPS) == IDS


@pytest.fixture(scope="module")
def tokens(paged: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `make` that knows tokens and nothing else; the first step is taken with the real one."""
    folder = tmp_path_factory.mktemp("bin")
    for name, said in MINTED.items():
        (folder / name).write_text(paged.keys.signing.mint(**said) + "\n")  # type: ignore[arg-type]
    (folder / "make").write_text(SHORTCUT)
    (folder / "make").chmod(stat.S_IRWXU)
    return folder


@pytest.mark.system
@pytest.mark.kafka
@pytest.mark.envoy
@pytest.mark.timeout(300)
@pytest.mark.parametrize("step", STEPS, ids=IDS)
async def test_the_commands_show_what_the_step_says(paged: System, tokens: Path, step: Step) -> None:
    """Pasted as they stand, with nothing before them, they answer what they are there to show."""
    real = step.id == "identity"
    environ = {**os.environ, "SLUICE_HOME": str(paged.home), "PORT": str(paged.ports["PORT"])}
    if not real:
        environ["PATH"] = f"{tokens}{os.pathsep}{environ['PATH']}"
    for command in step.commands:
        said = await _run(moved(command.text, place=Place.of(environ)), environ=environ)
        at = 0
        for expected in command.shows:
            found = said.find(expected, at)
            assert found >= 0, f"{expected!r} is not in its place in: {said}"
            at = found


async def _run(command: str, *, environ: dict[str, str]) -> str:
    shell = shutil.which("sh") or "/bin/sh"
    process = await asyncio.create_subprocess_exec(
        shell, "-c", command, cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return said.decode()


def test_commands_ask_for_no_token_that_the_tests_do_not_know() -> None:
    """What stands for `make` above has all that is asked of it."""
    asked = {
        part.split(")")[0].strip().replace(" ", "_")
        for step in STEPS[1:]
        for command in step.commands
        for part in command.text.split(f"{MAKE} token ")[1:]
    }
    assert asked - {"TIER=$tier"} <= set(MINTED)
