"""Fuzzing guided by coverage. The only importer of atheris, which is in no lock: it is for whoever installs it to fuzz."""

import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

MEMORY = 1024
"""MiB that the whole process may come to, instrumentation included."""

HANG = 10
"""Seconds after which one input is said to hang."""


def guide(*, seconds: int, corpus: Path | None, seeds: Path) -> bool:
    """Fuzzes for so long and ends the process; false where atheris is not installed.

    The process's status is 0 where all held. Else libFuzzer writes the input to a file of the working folder.
    """
    try:
        atheris = import_module("atheris")
    except ImportError:
        return False
    with atheris.instrument_imports(include=["ext_proc", "hpack"]):
        from tests.ext_proc.transport.fuzz.target import target  # noqa: PLC0415
    kept = corpus or Path(tempfile.mkdtemp(prefix="fuzz-"))
    kept.mkdir(parents=True, exist_ok=True)
    for seed in seeds.glob("*"):
        shutil.copy(seed, kept / seed.name)
    bounds = [
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={MEMORY}",
        f"-timeout={HANG}",
        "-max_len=4096",
        "-len_control=0",
    ]
    atheris.Setup([sys.argv[0], str(kept), *bounds, "-print_final_stats=1", "-use_value_profile=1"], target)
    atheris.Fuzz()
    return True
