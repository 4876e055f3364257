"""The coefficients that a run wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson

from bench.errors import CoefficientMissing
from local.commands import ROOT

PATH = ROOT / "docs" / "performance.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Numbers by name, as `bench.coefficients` names them."""

    gateway: str
    machine: Mapping[str, str]
    coefficients: Mapping[str, float]

    @classmethod
    def read(cls, path: Path = PATH) -> Self:
        """Those of the last whole run.

        Raises:
            CoefficientMissing: There was none.
        """
        if not path.exists():
            raise CoefficientMissing(name="coefficients")
        return cls(**orjson.loads(path.read_bytes()))

    def __getitem__(self, name: str) -> float:
        """The number of that name.

        Raises:
            CoefficientMissing: The run has none.
        """
        try:
            return self.coefficients[name]
        except KeyError:
            raise CoefficientMissing(name=name) from None

    def cores(self, name: str, rate: float) -> float:
        """Cores that so many a second of something use, whose microseconds have that name."""
        return self[name] * rate / 1e6

    def beside(self, name: str) -> Mapping[str, float]:
        """The same of other gateways, by their names."""
        start = f"{name}."
        return {key.removeprefix(start): one for key, one in self.coefficients.items() if key.startswith(start)}
