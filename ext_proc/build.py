"""gateway.yaml's routes -> chains; everything that can be wrong with a route is found here, at start."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from ext_proc.bulk.array import Arrays
from ext_proc.bulk.building import lines
from ext_proc.chain import Chain, Many, Step, TimedStep
from ext_proc.completion import Completion
from ext_proc.exchange import ChainMisbuilt
from ext_proc.plan import plan
from ext_proc.plugin import OnBody, OnHeaders, Plugin, Services
from runtime.errors import ConfigError, Problem
from runtime.settings.load import problems_of
from runtime.settings.routes import PluginUse, RouteSettings
from runtime.settings.source import Source

Plugins = Mapping[str, type[Plugin]]
Path = tuple[str | int, ...]


def build(services: Services, *, plugins: Plugins, source: Source) -> Sequence[tuple[RouteSettings, Chain]]:
    """The chain of every route.

    Raises:
        ConfigError: A plugin is unknown, its settings are wrong, it stands before what it needs,
            or no plugin of the route answers.
    """
    return [
        (route, _chain(route, services, plugins=plugins, source=source, path=("routes", number)))
        for number, route in enumerate(services.gateway.routes)
    ]


def _chain(route: RouteSettings, services: Services, *, plugins: Plugins, source: Source, path: Path) -> Chain:
    steps = [
        _plugin(use, services, plugins=plugins, source=source, path=(*path, "plugins", number))
        for number, use in enumerate(route.plugins)
    ]
    made = plan(route, plugins=plugins)
    _check_order(route, steps, source=source, path=path)
    _check_reach(steps, source=source, path=path)
    _check_before(steps, source=source, path=path)
    _check_restoring(steps, source=source, path=path)
    if made.cluster is None and not any(getattr(step, "answers", False) for step in steps):
        raise _error(source, path, "no plugin of this route answers or leads to an upstream")
    return Chain(
        route=route.name,
        bare=route.profile == "zilla",
        plan=made,
        on_headers=[
            _timed(step, step.on_headers, "headers", services) for step in steps if isinstance(step, OnHeaders)
        ],
        on_body=[_timed(step, step.on_body, "body", services) for step in steps if isinstance(step, OnBody)],
        completion=Completion() if any(getattr(step, "completes", False) for step in steps) else None,
        many=_many(route, steps, services, source=source, path=path),
    )


def _many(
    route: RouteSettings, steps: Sequence[Plugin], services: Services, *, source: Source, path: Path
) -> Many | None:
    if route.bulk is None:
        return None
    try:
        taken = lines(route, route.bulk, steps, services=services)
    except ValueError as error:
        raise _error(source, (*path, "bulk"), str(error)) from error
    return Many(lines=taken, arrays=Arrays(taken, producer=services.producer))


def _timed(plugin: Plugin, run: Step, phase: str, services: Services) -> TimedStep:
    return TimedStep(run=run, seconds=services.metrics.plugin.labels(plugin.name, phase))


def _plugin(use: PluginUse, services: Services, *, plugins: Plugins, source: Source, path: Path) -> Plugin:
    kind = plugins.get(use.name)
    if kind is None:
        known = ", ".join(sorted(plugins))
        raise _error(source, path, f"no plugin is named {use.name!r}; there are {known}")
    try:
        return kind(kind.Settings.model_validate(use.settings), services)
    except ValidationError as error:
        raise ConfigError(
            file=source.file, problems=problems_of(error, source=source, under=(*path, use.name))
        ) from error
    except ValueError as error:
        raise _error(source, (*path, use.name), str(error)) from error


def _check_order(route: RouteSettings, steps: Sequence[Plugin], *, source: Source, path: Path) -> None:
    """The headers phase is over before the body phase begins, so what a body provides comes too late for it."""
    early: set[str] = set()
    late: set[str] = set()
    for number, step in enumerate(steps):
        reads_body = _reads(step)
        missing: set[str] = set(getattr(step, "needs", ())) - early - (late if reads_body else set())
        if missing:
            misbuilt = ChainMisbuilt(route=route.name, needs=min(missing))
            raise _error(source, (*path, "plugins", number), str(misbuilt)) from misbuilt
        (late if reads_body else early).update(getattr(step, "provides", ()))


def _check_reach(steps: Sequence[Plugin], *, source: Source, path: Path) -> None:
    """A body that is answered for before it is here would never be looked at: a `schema` that checks nothing, say."""
    answering = next((step.name for step in steps if getattr(step, "answers", False) and not _reads(step)), None)
    for number, step in enumerate(steps):
        if answering and _reads(step):
            message = f"reads the body, and {answering} answers before that is here"
            raise _error(source, (*path, "plugins", number), message)


def _check_before(steps: Sequence[Plugin], *, source: Source, path: Path) -> None:
    """A plugin that relies on what later ones do must have them, and have them later."""
    for number, step in enumerate(steps):
        before: set[str] = set(getattr(step, "before", ()))
        wrong = (before & _provided(steps[:number])) | (before - _provided(steps[number + 1 :]))
        if wrong:
            message = f"{step.name} must stand before a plugin that provides {min(wrong)}, and behind none"
            raise _error(source, (*path, "plugins", number), message)


def _check_restoring(steps: Sequence[Plugin], *, source: Source, path: Path) -> None:
    """What is issued before a request is known for one that was here already would be issued anew."""
    issuing = next((number for number, step in enumerate(steps) if getattr(step, "issues", False)), len(steps))
    for number, step in enumerate(steps[issuing:], start=issuing):
        if getattr(step, "restores", False):
            message = f"{step.name} must stand before {steps[issuing].name}, which issues what it would restore"
            raise _error(source, (*path, "plugins", number), message)


def _provided(steps: Sequence[Plugin]) -> set[str]:
    return {name for step in steps for name in getattr(step, "provides", ())}


def _reads(step: Plugin) -> bool:
    return isinstance(step, OnBody)


def _error(source: Source, path: Path, message: str) -> ConfigError:
    problem = Problem(path=".".join(map(str, path)), line=source.line(path), message=message)
    return ConfigError(file=source.file, problems=(problem,))
