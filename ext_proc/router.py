"""Which chain a request takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ext_proc.chain import Chain
from runtime.settings.routes import RouteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A chain, and the parameters of the path that led to it."""

    chain: Chain
    params: Mapping[str, str]


class Router:
    """Finds the chain by method and path, exactly as Envoy's routes are rendered."""

    def __init__(self, chains: Sequence[tuple[RouteSettings, Chain]]) -> None:
        self._exact: dict[tuple[str, str], Match] = {
            (route.method, route.path): Match(chain=chain, params={})
            for route, chain in chains
            if "{" not in route.path
        }
        self._patterns = [
            (route.method, re.compile(route.pattern() + r"\Z"), chain) for route, chain in chains if "{" in route.path
        ]

    def find(self, method: str, path: str) -> Match | None:
        """The chain, or `None` where no route declares that method and path."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        for wanted, pattern, chain in self._patterns:
            found = pattern.match(path) if wanted == method else None
            if found:
                return Match(chain=chain, params=found.groupdict())
        return None
