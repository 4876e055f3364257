"""What processes cost, as the kernel counts it. The only importer of psutil here."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of a process and its descendants, in MB of 10^6 bytes.

    Attributes:
        resident: RSS; what several share counts for each.
        proportional: PSS; what several share counts in parts. Zero where the kernel does not tell.
    """

    resident: float
    proportional: float


class CpuMeter:
    """CPU time, user and system, of named processes with all their descendants, since the meter was made or read."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = self._now()

    def read(self) -> dict[str, float]:
        """Seconds by name since the last reading."""
        before, self._before = self._before, self._now()
        return {name: seconds - before[name] for name, seconds in self._before.items()}

    def _now(self) -> dict[str, float]:
        return {name: sum(map(_cpu_seconds, _tree(pid))) for name, pid in self._pids.items()}


def memory(pid: int) -> Memory:
    """What a process and its descendants hold now."""
    found = [process.memory_full_info() for process in _tree(pid)]
    return Memory(
        resident=sum(one.rss for one in found) / 1e6, proportional=sum(getattr(one, "pss", 0) for one in found) / 1e6
    )


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    return psutil.pid_exists(pid)


def load_average() -> float:
    """Processes that want a core, on average over the last minute."""
    return psutil.getloadavg()[0]


def cores() -> int:
    """Of the machine, hyper-threads counted."""
    return psutil.cpu_count() or 1


def installed_memory() -> float:
    """In GB of 10^9 bytes."""
    return float(psutil.virtual_memory().total) / 1e9


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
