"""Sites: what else is served at the same address, and is no part of the gateway."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from runtime.settings.base import Name, Seconds, Section
from runtime.settings.routes import RouteSettings


class SiteSettings(Section):
    """A plain HTTP server behind a prefix of its own. Who calls it needs no token, and the processor is not asked."""

    name: Name
    """A label of metrics and logs."""

    prefix: Annotated[str, Field(pattern=r"^/(?:[a-z0-9_-]+/)+$")]
    """What its paths begin with, slashes at both ends. GET and HEAD go on as they are; other methods are 405."""

    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$")] | None = None
    """`host:port` of the server. Empty: the site is not served, and its paths are 404."""

    home: bool = False
    """Whether who asks for `/` is sent here."""

    idle: Seconds = 60.0
    """Seconds that an answer of its may be silent; a stream of events must say something more often."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.address is not None and not 0 < self.port < 65536:
            msg = f"{self.port} is no port"
            raise ValueError(msg)
        return self

    @property
    def host(self) -> str:
        """The host of its address."""
        return (self.address or "").rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port of its address."""
        return int((self.address or "").rpartition(":")[2] or 0)

    def shadows(self, route: RouteSettings) -> bool:
        """Whether a request for that route could be taken for one for this site."""
        mine, others = self.prefix.strip("/").split("/"), route.path.strip("/").split("/")
        fits = all(own == other or "{" in other for own, other in zip(mine, others, strict=False))
        return len(others) >= len(mine) and fits


def consistent(sites: Sequence[SiteSettings], routes: Sequence[RouteSettings]) -> None:
    """Holds sites to what they promise each other and the routes.

    Raises:
        ValueError: A path would belong to two of them.
    """
    for number, site in enumerate(sites):
        for other in sites[:number]:
            if site.name == other.name:
                msg = f"site {site.name!r} is declared twice"
                raise ValueError(msg)
            if site.prefix.startswith(other.prefix) or other.prefix.startswith(site.prefix):
                msg = f"the sites {other.name!r} and {site.name!r} have paths in common"
                raise ValueError(msg)
        for route in routes:
            if site.shadows(route):
                msg = f"the site {site.name!r} shadows the route {route.name!r}"
                raise ValueError(msg)
    homes = [site.name for site in sites if site.home]
    if len(homes) > 1 or (homes and any(route.path == "/" for route in routes)):
        msg = f"the site {homes[-1]!r} cannot be the home: / is another's"
        raise ValueError(msg)
