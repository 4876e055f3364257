"""The collector leaves alone what a process is made of."""

import subprocess
import sys

LOOK = """
import gc
from runtime import collector
collector.settle()
print(gc.get_freeze_count() > 0, gc.isenabled(), gc.get_threshold())
"""


def test_settled() -> None:
    """What was there is frozen, and cycles made later are still collected, the young ones soon and all of them seldom."""
    ran = subprocess.run((sys.executable, "-c", LOOK), check=True, capture_output=True, text=True)
    assert "True True (1000, 1, 1000)\n" == ran.stdout
