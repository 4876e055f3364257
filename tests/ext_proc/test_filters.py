"""Conditions on headers, resolved for one reader."""

from typing import Any

import pytest
from pydantic import ValidationError

from ext_proc.exchange import Exchange, Identity
from ext_proc.filters import RecordFilter
from ext_proc.results.reader.subscription import Filter
from ext_proc.results.route import FilterSettings
from ext_proc.template import Unfilled

TIERS = ("free", "standard", "enterprise")


def asked_by(tier: str, **headers: str) -> Exchange:
    """A request of a caller of that tier."""
    return Exchange(
        route="r",
        method="GET",
        path="/",
        query="",
        params={"shop": "s1"},
        headers=headers,
        claims={},
        unique=b"u" * 24,
        received_at=0,
        trace_id="t" * 32,
        identity=Identity(subject="alice", tier=tier, scopes=frozenset(), expires=None),
    )


def compiled(**settings: Any) -> RecordFilter:
    """The condition with those settings."""
    return RecordFilter(FilterSettings.model_validate({"header": "h", **settings}), tiers=TIERS)


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        ({"equals": "{path.shop}"}, {"s1"}),
        ({"equals": ""}, {""}),
        ({"in": ["a", "{identity.subject}"]}, {"a", "alice"}),
        ({"tier_at_least": True}, {"free", "standard"}),
    ],
)
def test_resolved(settings: dict[str, Any], values: set[str]) -> None:
    """What reaches the results server is a header and the values that pass."""
    assert Filter(header="h", values=frozenset(values)) == compiled(**settings).fill(asked_by("standard"))


@pytest.mark.parametrize(("tier", "count"), [("free", 1), ("standard", 2), ("enterprise", 3)])
def test_tiers_are_ordered(tier: str, count: int) -> None:
    """A reader sees what asks for its own tier or a lower one."""
    assert frozenset(TIERS[:count]) == compiled(tier_at_least=True).fill(asked_by(tier)).values


def test_what_a_request_lacks() -> None:
    """A value that cannot be filled is never taken for an empty one."""
    with pytest.raises(Unfilled):
        compiled(equals="{header.shop}").fill(asked_by("free"))


def test_needs() -> None:
    """What the templates need must be provided before."""
    assert compiled(equals="{id.key}").needs == {"id"}
    assert compiled(tier_at_least=True).needs == frozenset()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"header": ""},
        {"equals": "a", "in": ["a"]},
        {"equals": "a", "tier_at_least": True},
        {"in": []},
        {"one_of": ["a"]},
        {"like": "a"},
    ],
)
def test_misdeclared(settings: dict[str, Any]) -> None:
    """A condition that says nothing, or two things, is an error at start."""
    with pytest.raises(ValidationError):
        compiled(**settings)


def test_a_hole_that_nothing_fills() -> None:
    """So is a template that no request can fill."""
    with pytest.raises(ValueError, match="nothing fills"):
        compiled(equals="{nothing.here}")
