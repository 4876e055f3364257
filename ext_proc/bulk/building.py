"""A route's plugins -> its way with many records; what would not do for them is found at start."""

from collections.abc import Sequence

from ext_proc.bulk.lines import Lines
from ext_proc.bulk.tally import Tally
from ext_proc.plugin import OnBody, OnWhole, Plugin, Services, Writes
from runtime.settings.bulk import BulkSettings
from runtime.settings.routes import RouteSettings


def lines(route: RouteSettings, settings: BulkSettings, steps: Sequence[Plugin], *, services: Services) -> Lines:
    """How that route takes many records at once.

    Raises:
        ValueError: It cannot.
    """
    reading = [step for step in steps if isinstance(step, OnBody)]
    _check(route, steps, reading)
    *before, last = reading
    if not isinstance(last, Writes):
        msg = f"the body must end in a plugin that writes one record, such as produce, and {_name(last)} does not"
        raise ValueError(msg)  # noqa: TRY004  # gateway.yaml is wrong, and no type
    return Lines(
        settings=settings,
        steps=[step for step in before if not isinstance(step, OnWhole)],
        writes=last,
        whole=next((step for step in before if isinstance(step, OnWhole)), None),
        tally=Tally(services.metrics, route=route.name),
    )


def _check(route: RouteSettings, steps: Sequence[Plugin], reading: Sequence[OnBody]) -> None:
    alone = next((step.name for step in steps if getattr(step, "alone", False)), None)
    if alone:
        msg = f"{alone} takes one record a request: a route with it takes none in bulk"
        raise ValueError(msg)
    if not reading:
        msg = "no plugin of this route reads the body"
        raise ValueError(msg)
    if any(getattr(step, "cluster", None) for step in steps):
        msg = "this route leads to an upstream, which would not know what to do with many records"
        raise ValueError(msg)
    if not any("identity" in getattr(step, "provides", ()) for step in steps if not isinstance(step, OnBody)):
        msg = "no plugin of this route says who sends: records in bulk need identity"
        raise ValueError(msg)
    if route.profile != "native":
        msg = f"the profile {route.profile} has no answer for many records"
        raise ValueError(msg)


def _name(step: object) -> str:
    return str(getattr(step, "name", "the last one"))
