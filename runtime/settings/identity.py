"""Who calls: issuers, the claims that say so, and the tiers."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from runtime.settings.base import Name, Seconds, Section

_MOST = 2**32 - 1  # of the requests that a token bucket of Envoy holds
_REMEMBERED = 2000


class JwksSettings(Section):
    """The issuer's public keys: a file, read at start, or a URL, fetched and kept fresh by Envoy."""

    file: str | None = None
    """A JWKS file, read at start."""

    url: str | None = None
    """A JWKS URL."""

    cache: Seconds = 300.0
    """`url`: seconds until the keys are fetched again."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.url is None):
            msg = "exactly one of file and url is needed"
            raise ValueError(msg)
        return self


class ClaimNames(Section):
    """Which claims carry what; a dot reaches into a nested object."""

    subject: str = "sub"
    """Who calls."""

    tier: str = "tier"
    """Which tier; a name under `tiers`, or a list of which the highest counts."""

    scopes: str = "scope"
    """A string of words (RFC 8693) or a list."""


class IssuerSettings(Section):
    """One who may issue tokens."""

    name: Name
    """What Envoy calls it."""

    issuer: str
    """The `iss` claim, exactly."""

    audiences: Annotated[tuple[str, ...], Field(min_length=1)]
    """The `aud` claim must hold one of these."""

    jwks: JwksSettings
    """The public keys."""

    leeway: Seconds = 5.0
    """Seconds of clock skew that are forgiven."""

    claims: ClaimNames = ClaimNames()
    """Which claims carry what."""

    remembered: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Verified tokens that each of Envoy's threads remembers until they expire, so as not to verify them again; some 4 kB each.
    A key that is withdrawn from `jwks.url` stays good for tokens that are remembered.
    Absent: 2000 with `jwks.file`, which is read at start alone, and none with `jwks.url`."""

    @property
    def most_remembered(self) -> int:
        """How many tokens are remembered; 0 for none."""
        if self.remembered is not None:
            return self.remembered
        return _REMEMBERED if self.jwks.file else 0


class IdentitySettings(Section):
    """Whom to believe."""

    realm: str = "sluice"
    """Named in every `WWW-Authenticate`."""

    issuers: Annotated[tuple[IssuerSettings, ...], Field(min_length=1)]
    """A token must come from one of these."""


class RateSettings(Section):
    """A token bucket for each caller (`sub`)."""

    per_second: Annotated[float, Field(ge=0.001, le=_MOST)]
    """Requests a second, sustained."""

    burst: Annotated[int, Field(ge=1, le=_MOST)]
    """Requests at once."""


class TierSettings(Section):
    """One tier. Tiers are listed from the lowest to the highest; an unknown or missing claim is the lowest."""

    name: Name
    """As the claim says it."""

    reads: Annotated[tuple[str, ...], Field(min_length=1)]
    """Visibility labels that it may read and write."""

    rate: RateSettings | None = None
    """Absent: no limit."""

    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    """Its share of the workers while they have more to do than they can, beside the weights of the others."""

    max_wait: Seconds | None = None
    """Seconds that a query may be expected to wait for its turn; past it new ones are refused. Absent: no limit."""

    deadline: Seconds | None = None
    """Seconds after which a query that still waits is not answered any more. Absent: none."""


def _parted(value: object) -> object:
    """Several in one text, as the environment has them; what is not set is none."""
    if value is None:
        return ()
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


Key = Annotated[SecretStr, Field(min_length=32)]
Keys = Annotated[tuple[Key, ...], BeforeValidator(_parted, json_schema_input_type=str | list[str] | None)]


class KeySettings(Section):
    """Secrets of the gateway and the workers, from the environment; at least 32 bytes each."""

    ids: Key
    """Proves who owns a query id."""

    records: Key
    """Signs the identity on records."""

    accepted_ids: Keys = ()
    """Believed beside `ids` and not used: the key to come while keys are changed, and those that were. A list, or commas."""

    accepted_records: Keys = ()
    """The same beside `records`."""

    names: Key | None = None
    """Names in the log what callers choose, their ids and Idempotency-Keys, and grants nothing. Absent: `ids`."""

    @property
    def id_keys(self) -> tuple[str, ...]:
        """Those for ids, tickets and cookies; the first is used."""
        return _values(self.ids, *self.accepted_ids)

    @property
    def record_keys(self) -> tuple[str, ...]:
        """Those for records; the first is used."""
        return _values(self.records, *self.accepted_records)

    @property
    def naming(self) -> str:
        """That for names."""
        return (self.names or self.ids).get_secret_value()


def _values(*keys: SecretStr) -> tuple[str, ...]:
    return tuple(key.get_secret_value() for key in keys)
