"""How often a caller may call: a token bucket for each `sub` of each issuer, as large as its tier says."""

from collections.abc import Iterator
from fractions import Fraction

from envoy_data_plane.envoy.config.core.v3 import RuntimeFractionalPercent
from envoy_data_plane.envoy.config.route.v3 import RateLimit, RateLimitAction, RateLimitActionMetaData
from envoy_data_plane.envoy.extensions.common.ratelimit.v3 import (
    LocalRateLimitDescriptor,
    RateLimitDescriptorEntry,
    XRateLimitHeadersRfcVersion,
)
from envoy_data_plane.envoy.extensions.filters.http.local_ratelimit.v3 import LocalRateLimit
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.metadata.v3 import MetadataKey, MetadataKeyPathSegment
from envoy_data_plane.envoy.type.v3 import FractionalPercent, TokenBucket

from envoy.names import JWT, JWT_METADATA, RATE_LIMIT
from envoy.parts import http_filter, seconds
from runtime.settings.gateway import Gateway
from runtime.settings.identity import ClaimNames, RateSettings

CALLERS = 10_000
"""Buckets kept; past it the one unused for longest is forgotten, and its caller starts anew with a full one."""

UNLIMITED = 2**32 - 1
"""The size of a bucket that nobody empties: that of a tier without a rate."""


def rate_limit_filter(gateway: Gateway) -> HttpFilter:
    """One set of buckets for all limited routes together.

    A claim that names no tier counts as the lowest. Tokens without a subject share one bucket of the lowest.
    """
    groups = _claim_groups(gateway)
    message = LocalRateLimit(
        stat_prefix="callers",
        filter_enabled=_always(),
        filter_enforced=_always(),
        token_bucket=_bucket(gateway.tiers[0].rate),
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=CALLERS,
        enable_x_ratelimit_headers=XRateLimitHeadersRfcVersion.DRAFT_VERSION_03,
        rate_limits=[_counted(number, claims, lowest=gateway.tiers[0].name) for number, claims in enumerate(groups)],
        descriptors=list(_descriptors(gateway, groups)),
    )
    return http_filter(RATE_LIMIT, message)


def claim_path(name: str) -> list[str]:
    """The way to a claim: a dot reaches into an object, but the dots of a name that is a URI are its own."""
    return [name] if "://" in name else name.split(".")


def _claim_groups(gateway: Gateway) -> list[ClaimNames]:
    """The distinct ways to say who calls; tokens of one issuer are counted by one of them."""
    return list(dict.fromkeys(issuer.claims for issuer in gateway.identity.issuers))


def _counted(group: int, claims: ClaimNames, *, lowest: str) -> RateLimit:
    return RateLimit(
        actions=[
            _from_claim(f"issuer{group}", ["iss"]),
            _from_claim("tier", claim_path(claims.tier), otherwise=lowest),
            _from_claim("subject", claim_path(claims.subject)),
        ]
    )


def _from_claim(key: str, path: list[str], *, otherwise: str = "") -> RateLimitAction:
    segments = [MetadataKeyPathSegment(key=step) for step in (JWT_METADATA, *path)]
    where = MetadataKey(key=JWT, path=segments)
    return RateLimitAction(
        metadata=RateLimitActionMetaData(descriptor_key=key, default_value=otherwise, metadata_key=where)
    )


def _descriptors(gateway: Gateway, groups: list[ClaimNames]) -> Iterator[LocalRateLimitDescriptor]:
    """Each issuer's tiers, from the most to the least exact: the last has no tier's name and takes unknown ones."""
    for issuer in gateway.identity.issuers:
        key = f"issuer{groups.index(issuer.claims)}"
        for tier in gateway.tiers:
            yield _descriptor(key, issuer.issuer, tier.name, tier.rate)
        yield _descriptor(key, issuer.issuer, "", gateway.tiers[0].rate)


def _descriptor(key: str, issuer: str, tier: str, rate: RateSettings | None) -> LocalRateLimitDescriptor:
    entries = [
        RateLimitDescriptorEntry(key=key, value=issuer),
        RateLimitDescriptorEntry(key="tier", value=tier),
        RateLimitDescriptorEntry(key="subject"),
    ]
    return LocalRateLimitDescriptor(entries=entries, token_bucket=_bucket(rate))


def _bucket(rate: RateSettings | None) -> TokenBucket:
    if rate is None:
        return TokenBucket(max_tokens=UNLIMITED, tokens_per_fill=UNLIMITED, fill_interval=seconds(1))
    fill = Fraction(rate.per_second).limit_denominator(1000)
    return TokenBucket(
        max_tokens=rate.burst, tokens_per_fill=max(fill.numerator, 1), fill_interval=seconds(fill.denominator)
    )


def _always() -> RuntimeFractionalPercent:
    return RuntimeFractionalPercent(default_value=FractionalPercent(numerator=100))
