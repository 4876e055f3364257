"""How often a caller may call: a token bucket for each `sub` of each issuer, as large as its tier says.

A request without a token, on a route where a ticket may stand for one, is counted by its address: of its ticket nothing is
known yet, and by the ticket's text whoever makes up texts would have a bucket for each. So nobody floods without end, and
nobody is held up by what comes from elsewhere. These buckets are kept apart: they push no caller's out.
"""

from fractions import Fraction
from typing import Any

import betterproto2
from envoy_data_plane.envoy.config.core.v3 import RuntimeFractionalPercent
from envoy_data_plane.envoy.config.route.v3 import (
    RateLimit,
    RateLimitAction,
    RateLimitActionMaskedRemoteAddress,
    RateLimitActionMetaData,
)
from envoy_data_plane.envoy.extensions.common.ratelimit.v3 import (
    LocalRateLimitDescriptor,
    RateLimitDescriptorEntry,
    XRateLimitHeadersRfcVersion,
)
from envoy_data_plane.envoy.extensions.filters.http.local_ratelimit.v3 import LocalRateLimit
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.rate_limit_descriptors.expr.v3 import Descriptor
from envoy_data_plane.envoy.type.metadata.v3 import MetadataKey, MetadataKeyPathSegment
from envoy_data_plane.envoy.type.v3 import FractionalPercent, TokenBucket

from envoy.claims import PAYLOAD, by_issuer, subject_of, tier_of
from envoy.names import JWT, JWT_METADATA, RATE_LIMIT
from envoy.parts import extension, http_filter, seconds
from runtime.settings.gateway import Gateway
from runtime.settings.identity import RateSettings, TierSettings

CALLERS = 10_000
"""Buckets kept; past it the one unused for longest is forgotten, and its caller starts anew with a full one."""

UNLIMITED = 2**32 - 1
"""The size of a bucket that nobody empties: that of a tier without a rate."""

TIER, ISSUER, SUBJECT = "tier", "issuer", "subject"
TOKEN, NONE, ADDRESS = "token", "none", "masked_remote_address"
ONE_SITE = 64  # bits of an IPv6 address; the others are its owner's to choose


def rate_limit_filter(gateway: Gateway) -> HttpFilter:
    """One set of buckets for all limited routes together.

    A claim that names no tier counts as the lowest. Tokens without a subject share one bucket of the lowest.
    """
    message = LocalRateLimit(
        stat_prefix="callers",
        filter_enabled=_always(),
        filter_enforced=_always(),
        token_bucket=_bucket(gateway.tiers[0].rate),
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=CALLERS,
        enable_x_ratelimit_headers=XRateLimitHeadersRfcVersion.DRAFT_VERSION_03,
        rate_limits=[_counted(gateway), _anonymous()],
        descriptors=[*(_descriptor(tier) for tier in gateway.tiers), _address(gateway.edge.anonymous)],
    )
    return http_filter(RATE_LIMIT, message)


def _counted(gateway: Gateway) -> RateLimit:
    issuers = gateway.identity.issuers
    tier = by_issuer({issuer.issuer: tier_of(issuer.claims, gateway.tiers) for issuer in issuers})
    subject = by_issuer({issuer.issuer: subject_of(issuer.claims) for issuer in issuers})
    actions = ((TIER, tier), (ISSUER, f"{PAYLOAD}['iss']"), (SUBJECT, subject))
    return RateLimit(actions=[_action(key, expression) for key, expression in actions])


def _action(key: str, expression: str) -> RateLimitAction:
    """A request for which an expression has no value is counted by the shared bucket."""
    # mypy takes the name for google.protobuf's class, which the generated module imports too.
    kind: Any = Descriptor
    descriptor: betterproto2.Message = kind(descriptor_key=key, text=expression, skip_if_error=False)
    return RateLimitAction(extension=extension("envoy.rate_limit_descriptors.expr", descriptor))


def _anonymous() -> RateLimit:
    """Says `none` where there is no token, and else the issuer, whom no descriptor of an address names."""
    issuer = [MetadataKeyPathSegment(key=key) for key in (JWT_METADATA, "iss")]
    token = RateLimitActionMetaData(
        descriptor_key=TOKEN, default_value=NONE, metadata_key=MetadataKey(key=JWT, path=issuer)
    )
    address = RateLimitActionMaskedRemoteAddress(v4_prefix_mask_len=32, v6_prefix_mask_len=ONE_SITE)
    return RateLimit(actions=[RateLimitAction(metadata=token), RateLimitAction(masked_remote_address=address)])


def _address(rate: RateSettings) -> LocalRateLimitDescriptor:
    entries = [RateLimitDescriptorEntry(key=TOKEN, value=NONE), RateLimitDescriptorEntry(key=ADDRESS)]
    return LocalRateLimitDescriptor(entries=entries, token_bucket=_bucket(rate))


def _descriptor(tier: TierSettings) -> LocalRateLimitDescriptor:
    """Descriptors must not overlap: of two that match, Envoy takes either."""
    entries = [
        RateLimitDescriptorEntry(key=TIER, value=tier.name),
        RateLimitDescriptorEntry(key=ISSUER),
        RateLimitDescriptorEntry(key=SUBJECT),
    ]
    return LocalRateLimitDescriptor(entries=entries, token_bucket=_bucket(tier.rate))


def _bucket(rate: RateSettings | None) -> TokenBucket:
    if rate is None:
        return TokenBucket(max_tokens=UNLIMITED, tokens_per_fill=UNLIMITED, fill_interval=seconds(1))
    fill = Fraction(rate.per_second).limit_denominator(1000)
    return TokenBucket(
        max_tokens=rate.burst, tokens_per_fill=max(fill.numerator, 1), fill_interval=seconds(fill.denominator)
    )


def _always() -> RuntimeFractionalPercent:
    return RuntimeFractionalPercent(default_value=FractionalPercent(numerator=100))
