"""Conditions on a record's headers, resolved for one reader."""

from collections.abc import Sequence

from ext_proc.exchange import Exchange
from ext_proc.results.reader.subscription import Filter
from ext_proc.results.route import FilterSettings
from ext_proc.template import Template


class RecordFilter:
    """A condition, compiled. The results server compares values and knows neither templates nor tiers."""

    def __init__(self, settings: FilterSettings, *, tiers: Sequence[str]) -> None:
        given = settings.one_of or (() if settings.equals is None else (settings.equals,))
        self._header = settings.header
        self._values = tuple(Template(text) for text in given)
        self._tiers = tuple(tiers)  # from the lowest to the highest
        self.needs = frozenset[str]().union(*(value.needs for value in self._values))

    def fill(self, exchange: Exchange) -> Filter:
        """The condition for one reader.

        Raises:
            Unfilled: The request lacks a value.
        """
        if self._values:
            return Filter(header=self._header, values=frozenset(value.fill(exchange) for value in self._values))
        reach = self._tiers[: self._tiers.index(exchange.caller().tier) + 1]
        return Filter(header=self._header, values=frozenset(reach))
