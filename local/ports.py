"""Which port each part of a local system listens on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from local.errors import PortInUse, PortInvalid
from local.kafka.ports import free_port, is_free, reserve

PUBLIC = "PORT"
DEFAULTS: Mapping[str, int] = {
    PUBLIC: 8080,
    "SLUICE_KAFKA_PORT": 9092,
    "SLUICE_STANDIN_PORT": 9200,
    "SLUICE_PAGE_PORT": 9220,
    "SLUICE_ADMIN_PORT": 9901,
    "SLUICE_PROCESSOR_PORT": 9100,
    "SLUICE_RESULTS_PORT": 9120,
    "SLUICE_EMBEDDER_PORT": 9140,
    "SLUICE_RETRIEVER_PORT": 9160,
    "SLUICE_GENERATOR_PORT": 9180,
}
"""The environment variable of each port, and what it is where nobody chose."""

ROW = 20
"""How many processes of a kind have room."""

_WHAT = {PUBLIC: "public address"}
_KINDS = ("PROCESSOR", "RESULTS", "EMBEDDER", "RETRIEVER", "GENERATOR")
_ROWS = {f"SLUICE_{kind}_PORT": ROW for kind in _KINDS}  # the n-th process of a kind adds n
_TRIES = 200


@dataclass(frozen=True, slots=True)
class Ports:
    """A port for each variable of `DEFAULTS`."""

    by_variable: Mapping[str, int]

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody uses now, and that no other system is given."""
        found: dict[str, int] = {}
        for name in DEFAULTS:
            found[name] = _any(name, apart_from=found)
        return cls(found)

    @classmethod
    def choose(cls, environ: Mapping[str, str], *, public: int = DEFAULTS[PUBLIC]) -> Self:
        """The usual ports, or those that the environment names; `public` is the usual public one.

        The public one is a promise, and so is any that somebody chose: in use, they are an error.
        One that nobody chose gives way to any free one.

        Raises:
            PortInUse: A promised port is taken.
            PortInvalid: A variable holds no port.
        """
        given = {**environ, PUBLIC: environ.get(PUBLIC) or str(public)}
        promised = {name: port for name in DEFAULTS if (port := _promised(name, given)) is not None}
        found = dict(promised)
        for name in DEFAULTS.keys() - promised.keys():
            found[name] = _usual(name, apart_from=found)
        return cls(found)

    def __getitem__(self, variable: str) -> int:
        """The port of that variable."""
        return self.by_variable[variable]

    def environ(self) -> dict[str, str]:
        """What `gateway.yaml` is filled from."""
        return {name: str(port) for name, port in self.by_variable.items()}


def _promised(name: str, environ: Mapping[str, str]) -> int | None:
    chosen = environ.get(name)
    if not chosen:
        return None
    port = _number(name, chosen)
    if not is_free(port):
        raise PortInUse(what=_what(name), port=port, variable=name)
    return port


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise PortInvalid(variable=name, value=text)
    return int(text)


def _what(name: str) -> str:
    return _WHAT.get(name) or name.removeprefix("SLUICE_").removesuffix("_PORT").lower()


def _usual(name: str, *, apart_from: Mapping[str, int]) -> int:
    port = DEFAULTS[name]
    return port if _fits(name, port, apart_from) and reserve(port) else _any(name, apart_from=apart_from)


def _any(name: str, *, apart_from: Mapping[str, int]) -> int:
    for _ in range(_TRIES):
        port = free_port(row=_length(name))
        if _fits(name, port, apart_from):
            return port
    msg = f"no free ports for {name}"
    raise OSError(msg)


def _fits(name: str, port: int, others: Mapping[str, int]) -> bool:
    taken = {one for other, first in others.items() for one in _row(other, first)}
    return all(one not in taken and is_free(one) for one in _row(name, port))


def _row(name: str, first: int) -> range:
    return range(first, first + _length(name))


def _length(name: str) -> int:
    return _ROWS.get(name, 1)
