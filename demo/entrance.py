"""What a client needs to be let in: a key that signs tokens, and what to trust at the other end."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from demo.client import Client
from demo.place import HOME, Place
from local import front
from local.keys import BROUGHT, Keys
from local.tokens import Issuer, SigningKey
from runtime.settings.load import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The way into the demo at a place, whether it runs or not."""

    url: str
    signing: SigningKey
    certificate: Path | None

    @classmethod
    def of(cls, place: Place, environ: Mapping[str, str]) -> Self:
        """Reads what the demo declares; the keys are made where it has not run yet.

        Raises:
            LocalError: There are no keys, and none can be made.
            ConfigError: The declaration is not one.
        """
        keys = Keys.open(place.home, brought=environ.get(BROUGHT))
        filled = {**environ, **keys.secrets, HOME: str(place.home.absolute())}
        gateway = load(place.profile.config, environ=filled)
        return cls(
            url=place.url,
            signing=keys.signing.speaking_for(Issuer.of(gateway.identity.issuers[0])),
            certificate=front.trusted(gateway.edge.listener),
        )

    def client(self, *, tier: str, sub: str) -> Client:
        """A client with a token."""
        return Client(self.url, token=self.signing.mint(tier=tier, sub=sub), certificate=self.certificate)
