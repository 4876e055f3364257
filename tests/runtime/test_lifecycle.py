"""A process stops when it is told to, and says why when it cannot start."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import asyncio
from runtime.errors import ConfigError, Problem
from runtime.lifecycle import run

async def main(stop):
    {body}

run(main)
"""


def child(body: str) -> "subprocess.Popen[str]":
    """A process whose main does what `body` says."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    """The process drains and exits with 0."""
    with child("print('ready', flush=True); await stop.wait(); print('drained', flush=True)") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "drained\n"
        assert process.wait(10) == 0


def test_bad_configuration_is_one_line_and_2() -> None:
    """No traceback: the file, the path and the reason."""
    body = "raise ConfigError(file='f.yaml', problems=(Problem(path='a.b', line=3, message='is bad', value='7'),))"
    with child(body) as process:
        _, told = process.communicate(timeout=10)
        assert (process.returncode, told) == (2, "f.yaml:3: a.b: is bad (found 7)\n")


def test_any_other_failure_is_logged_and_1() -> None:
    """What nobody foresaw is not hidden."""
    with child("raise RuntimeError('boom')") as process:
        _, told = process.communicate(timeout=10)
        assert process.returncode == 1
        assert "boom" in told
