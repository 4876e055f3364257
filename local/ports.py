"""Which port each part of a local system listens on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

from local.errors import PortInUse, PortInvalid
from local.kafka.ports import free_port, is_free

PUBLIC = "PORT"
DEFAULTS: Mapping[str, int] = {
    PUBLIC: 8080,
    "SLUICE_KAFKA_PORT": 9092,
    "SLUICE_STANDIN_PORT": 9200,
    "SLUICE_ADMIN_PORT": 9901,
    "SLUICE_PROCESSOR_PORT": 9100,
    "SLUICE_RESULTS_PORT": 9120,
    "SLUICE_EMBEDDER_PORT": 9140,
    "SLUICE_RETRIEVER_PORT": 9160,
    "SLUICE_GENERATOR_PORT": 9180,
}
"""The environment variable of each port, and what it is where nobody chose."""

_WHAT = {PUBLIC: "public address"}
_TRIES = 200


@dataclass(frozen=True, slots=True)
class Ports:
    """A port for each variable of `DEFAULTS`. Those of processors and results servers are the first of `width`."""

    by_variable: Mapping[str, int]

    @classmethod
    def free(cls, *, width: int = 4) -> Self:
        """Ports that nobody uses now."""
        found: dict[str, int] = {}
        for name in DEFAULTS:
            found[name] = _free_row(width, apart_from=found.values())
        return cls(found)

    @classmethod
    def choose(cls, environ: Mapping[str, str], *, width: int = 4) -> Self:
        """The usual ports, or those that the environment names.

        The public one is a promise, and so is any that somebody chose: in use, they are an error.
        One that nobody chose gives way to any free one.

        Raises:
            PortInUse: A promised port is taken.
            PortInvalid: A variable holds no port.
        """
        found: dict[str, int] = {}
        for name in DEFAULTS:
            found[name] = _promised(name, environ) or _usual(name, width, found.values())
        return cls(found)

    def __getitem__(self, variable: str) -> int:
        """The port of that variable."""
        return self.by_variable[variable]

    def environ(self) -> dict[str, str]:
        """What `gateway.yaml` is filled from."""
        return {name: str(port) for name, port in self.by_variable.items()}


def _promised(name: str, environ: Mapping[str, str]) -> int | None:
    chosen = environ.get(name)
    if not chosen and name != PUBLIC:
        return None
    port = _number(name, chosen) if chosen else DEFAULTS[name]
    if not is_free(port):
        raise PortInUse(what=_what(name), port=port, variable=name)
    return port


def _usual(name: str, width: int, others: Collection[int]) -> int:
    port = DEFAULTS[name]
    return port if _is_free_row(port, width, others) else _free_row(width, apart_from=others)


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise PortInvalid(variable=name, value=text)
    return int(text)


def _what(name: str) -> str:
    return _WHAT.get(name) or name.removeprefix("SLUICE_").removesuffix("_PORT").lower()


def _free_row(width: int, *, apart_from: Collection[int]) -> int:
    for _ in range(_TRIES):
        port = free_port()
        if _is_free_row(port, width, apart_from):
            return port
    msg = f"no {width} free ports in a row"
    raise OSError(msg)


def _is_free_row(port: int, width: int, others: Collection[int]) -> bool:
    apart = all(abs(port - other) >= width for other in others)
    return apart and all(is_free(port + number) for number in range(width))
