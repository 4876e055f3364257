"""The window of a quota, where it can be told."""

from pathlib import Path

from envoy.filters.rate_headers import _window
from tests.fixtures.envoy import Keys, gateway_of


def test_quotas_that_two_tiers_share_have_no_window(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """Envoy says the quota and not the tier: one quota with two rates is told without its window."""
    tiers = [
        {"name": "free", "reads": ["public"], "rate": {"per_second": 1, "burst": 10}},
        {"name": "standard", "reads": ["public"], "rate": {"per_second": 2, "burst": 10}},
        {"name": "enterprise", "reads": ["public"], "rate": {"per_second": 3, "burst": 40}},
    ]
    window = _window(gateway_of(tmp_path, issuer_keys, tiers=tiers))
    assert ";w=14" in window
    assert "'10'" not in window
