"""Conditions on a record's headers: as they are declared, and as they are resolved for one reader."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from ext_proc.exchange import Exchange
from ext_proc.results.reader.subscription import Filter
from ext_proc.template import Template
from runtime.settings.base import Section


class FilterSettings(Section):
    """One condition: the record has the header once, and its value is as one of the other three says."""

    header: Annotated[str, Field(min_length=1)]
    """The header's name, exactly."""

    equals: str | None = None
    """The value; a template."""

    one_of: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(default=None, alias="in")
    """The values; templates."""

    tier_at_least: bool = False
    """The value is the name of a tier, and the reader's tier is that one or a higher one."""

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.equals is not None) + (self.one_of is not None) + self.tier_at_least != 1:
            msg = "exactly one of equals, in and tier_at_least is needed"
            raise ValueError(msg)
        return self


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
