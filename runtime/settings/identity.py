"""Who calls: issuers, the claims that say so, and the tiers."""

from typing import Annotated, Self

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator

from runtime.settings.base import Name, Seconds, Section


class JwksSettings(Section):
    """The issuer's public keys: a file, read at start, or a URL, fetched and kept fresh by Envoy."""

    file: str | None = None
    url: str | None = None
    cache: Seconds = Field(default=300.0, description="`url`: seconds until the keys are fetched again")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.url is None):
            msg = "exactly one of file and url is needed"
            raise ValueError(msg)
        return self


class ClaimNames(Section):
    """Which claims carry what; a dot reaches into a nested object."""

    subject: str = "sub"
    tier: str = "tier"
    scopes: str = Field(default="scope", description="a string of words (RFC 8693) or a list")


class IssuerSettings(Section):
    """One who may issue tokens."""

    name: Name
    issuer: str
    audiences: Annotated[tuple[str, ...], Field(min_length=1)]
    jwks: JwksSettings
    leeway: Seconds = 5.0
    claims: ClaimNames = ClaimNames()


class IdentitySettings(Section):
    """Whom to believe."""

    realm: str = "sluice"
    issuers: Annotated[tuple[IssuerSettings, ...], Field(min_length=1)]


class RateSettings(Section):
    """A token bucket for each caller (`sub`)."""

    per_second: PositiveFloat
    burst: PositiveInt


class TierSettings(Section):
    """One tier. Tiers are listed from the lowest to the highest; an unknown or missing claim is the lowest."""

    name: Name
    reads: Annotated[tuple[str, ...], Field(min_length=1, description="visibility labels that it may read and write")]
    rate: RateSettings | None = None


class KeySettings(Section):
    """Secrets of the gateway and the workers, from the environment; at least 32 bytes each."""

    ids: Annotated[SecretStr, Field(min_length=32, description="proves who owns a query id")]
    records: Annotated[SecretStr, Field(min_length=32, description="signs the identity on records")]
