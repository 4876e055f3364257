"""A child on the leash ends with its parent, even where that is killed."""

import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent.parent
PARENT = """
import subprocess, sys, time
from runtime.leash import leashed
child = subprocess.Popen(leashed(sys.executable, "-c", "print('up', flush=True); import time; time.sleep(600)"), stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_killed_parent_takes_its_child_along() -> None:
    """The kernel ends the child of a parent that died by -9."""
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        _, alive = psutil.wait_procs([child], timeout=10)
    assert alive == []


def test_a_parent_that_is_gone_already_starts_nothing() -> None:
    """Between fork and request the parent may die; then the command never begins."""
    command = [sys.executable, "-S", "-E", str(ROOT / "runtime/leash.py"), "1", "/bin/true"]
    assert subprocess.run(command, check=False).returncode == 1
