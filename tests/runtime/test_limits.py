"""A process may have as many open files as the machine allows."""

import subprocess
import sys

LOOK = """
import resource
from runtime.limits import allow_open_files
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
told = allow_open_files()
print(told == hard, resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard), told == allow_open_files())
"""


def test_the_soft_limit_is_raised() -> None:
    """However low it was, it is the hard one afterwards, and the call says so each time."""
    ran = subprocess.run((sys.executable, "-c", LOOK), check=True, capture_output=True, text=True)
    assert "True True True\n" == ran.stdout
