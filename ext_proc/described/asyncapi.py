"""gateway.yaml as AsyncAPI 3.0: the topics, the records on them, and the events of streams."""

from collections.abc import Iterator, Mapping
from typing import Any

from ext_proc.described.channels import EDGE, KAFKA, streams, topic_channel
from ext_proc.described.messages import messages
from ext_proc.described.openapi import VERSION
from ext_proc.described.parts import Plugins, told
from ext_proc.described.schemas import reached
from runtime.settings.gateway import Gateway

ABOUT = """Anybody may read the topics in a group of their own, without disturbing anyone.
Records have headers in CloudEvents' binary mode, and a signature over topic, key, user, tier and body: what it does not fit is not read.
How streams are opened is in [openapi.json](openapi.json)."""


def asyncapi(gateway: Gateway, *, plugins: Plugins) -> dict[str, Any]:
    """The document. It names no address of a broker: that is nobody's business who needs to ask."""
    routes = told(gateway, plugins=plugins)
    kinds = messages(gateway, routes)
    topics = {name: topic_channel(name, gateway.topics[name], kinds[name]) for name in gateway.topics}
    streamed = dict(streams(routes))
    channels = {**topics, **{f"stream-{name}": channel for name, channel in streamed.items()}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": gateway.name, "version": VERSION, "description": ABOUT},
        "servers": _servers(gateway),
        "channels": channels,
        "operations": dict(_operations(channels)),
        "components": {"schemas": reached(channels)},
    }


def _servers(gateway: Gateway) -> Mapping[str, Any]:
    scheme = "https" if gateway.edge.listener.tls else "http"
    return {
        KAFKA: {
            "host": "{bootstrap}",
            "protocol": "kafka",
            "variables": {"bootstrap": {"description": "The brokers."}},
        },
        EDGE: {
            "host": "{host}",
            "protocol": scheme,
            "variables": {"host": {"description": "Where this document is served."}},
        },
    }


def _operations(channels: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Sluice sends what it writes. That it also reads its own topics is in their descriptions."""
    for name, channel in channels.items():
        if channel["messages"]:
            yield f"send-{name}", {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
