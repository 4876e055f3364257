"""What the plugins of a route contribute to its description, in their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from ext_proc.described.part import Describes, Part
from ext_proc.plan import RoutePlan, plan
from ext_proc.plugin import Plugin
from runtime.settings.gateway import Gateway
from runtime.settings.routes import PluginUse, RouteSettings

Plugins = Mapping[str, type[Plugin]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A route with all that is said of it."""

    route: RouteSettings
    plan: RoutePlan
    parts: Sequence[Part]

    @property
    def body(self) -> str:
        """The name of its body's schema; empty for none."""
        return next((part.body for part in self.parts if part.body), "")


def told(gateway: Gateway, *, plugins: Plugins) -> Sequence[Told]:
    """Every route."""
    return [
        Told(
            route=route,
            plan=plan(route, plugins=plugins),
            parts=[part for use in route.plugins for part in _parts(use, gateway, plugins)],
        )
        for route in gateway.routes
    ]


def _parts(use: PluginUse, gateway: Gateway, plugins: Plugins) -> Sequence[Part]:
    plugin = plugins.get(use.name)
    if not isinstance(plugin, Describes):
        return ()
    try:
        return (plugin.described(plugin.Settings.model_validate(use.settings), gateway),)
    except ValidationError:
        return ()  # no processor starts with it, and whoever starts one is told why
