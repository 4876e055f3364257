"""What Envoy must do for a route, derived from the phases of its plugins; the only place where that is decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from ext_proc.plugin import OnBody, Plugin
from runtime.settings.routes import RouteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePlan:
    """What Envoy is told of one route.

    Attributes:
        body: Envoy buffers the body and sends it (BUFFERED); else it sends the headers alone.
        cluster: Where the request goes once the chain lets it pass; `None` where a plugin always answers.
        token_optional: A request may come without a token, if a plugin finds another proof; one that is bad is refused.
        cookie: The processor is sent the cookie of ours that the request brings, and no other.
    """

    body: bool
    cluster: str | None
    token_optional: bool = False
    cookie: bool = False


def plan(route: RouteSettings, *, plugins: Mapping[str, type[Plugin]]) -> RoutePlan:
    """The plan of one route; an unknown plugin is left to the chain's own check."""
    used = [plugins[use.name] for use in route.plugins if use.name in plugins]
    clusters = (getattr(plugin, "cluster", None) for plugin in used)
    return RoutePlan(
        body=any(hasattr(plugin, OnBody.on_body.__name__) for plugin in used),
        cluster=next((cluster for cluster in clusters if cluster), None),
        token_optional=any(getattr(plugin, "token_optional", False) for plugin in used),
        cookie=any(getattr(plugin, "cookie", False) for plugin in used),
    )
