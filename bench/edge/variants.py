"""Envoy's configuration with one part after the other left out, so that what each costs can be told."""

import json
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from envoy.names import GUARD, JWT

Document = dict[str, Any]
Change = Callable[[Document], None]

MANAGER = "envoy.filters.network.http_connection_manager"
ROUTER = "envoy.filters.http.router"
PROCESSOR = "envoy.filters.http.ext_proc"
GATHER = "envoy.filters.http.buffer"
"""Stays, because Envoy closes a connection whose request it answers before its body has come."""
ACCEPTED = 202


def variants(bootstrap: str) -> Mapping[str, str]:
    """Bootstraps by what each lacks besides all that those before it lack; the first is the whole.

    What depends on another part goes before it. Where the processor has gone, Envoy answers by itself, and what is left in
    the end is a listener, a router, the request's body and one answer.
    """
    names = [each["name"] for each in manager(json.loads(bootstrap))["http_filters"]]
    free = [name for name in names if name not in {ROUTER, GATHER, PROCESSOR, GUARD, JWT}]
    steps: dict[str, Change] = {
        "nothing": lambda _: None,
        "the access log": _without_log,
        "reserved headers": _without_strip,
        "problems of its own": _without_replies,
        **{name: _without(name) for name in reversed(free)},
        "the processor": _answering,
        "the token": _without(JWT),
    }
    left = accumulate(steps.values(), changed, initial=bootstrap)
    next(left)
    return dict(zip(steps, left, strict=True))


def manager(document: Document) -> Document:
    """The connection manager of the only listener."""
    for found in document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"]:
        if found["name"] == MANAGER:
            settings: Document = found["typed_config"]
            return settings
    raise KeyError(MANAGER)


def changed(bootstrap: str, change: Change) -> str:
    """The bootstrap after a change."""
    document = json.loads(bootstrap)
    change(document)
    return json.dumps(document)


def _without(*names: str) -> Change:
    def change(document: Document) -> None:
        settings = manager(document)
        settings["http_filters"] = [each for each in settings["http_filters"] if each["name"] not in names]
        for route in _routes(settings):
            for name in names:
                route.get("typed_per_filter_config", {}).pop(name, None)

    return change


def _without_log(document: Document) -> None:
    manager(document).pop("access_log", None)


def _without_strip(document: Document) -> None:
    manager(document).pop("early_header_mutation_extensions", None)


def _without_replies(document: Document) -> None:
    manager(document).pop("local_reply_config", None)


def _answering(document: Document) -> None:
    """A route that took its request to the processor answers it as the processor does."""
    settings = manager(document)
    _without(PROCESSOR, GUARD)(document)
    for route in _routes(settings):
        for action in ("route", "redirect", "non_forwarding_action"):
            route.pop(action, None)
        route["direct_response"] = {"status": ACCEPTED, "body": {"inline_string": "{}"}}


def _routes(settings: Document) -> list[Document]:
    return [route for host in settings["route_config"]["virtual_hosts"] for route in host["routes"]]
