"""gateway.yaml as OpenAPI 3.1: what clients may call, with what, and what they may be answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from ext_proc.described.operation import operation
from ext_proc.described.part import TEXT
from ext_proc.described.parts import Plugins, Told, told
from ext_proc.described.schemas import reached
from ext_proc.described.security import security_schemes
from runtime.settings.gateway import Gateway

VERSION = "1"
"""Of the contract: what was described stays so under it."""

ABOUT = """Errors are problems (RFC 9457), also those that no route makes: 404, 405 with `Allow`, 414 and 426.
What is on Kafka, and the events of streams, is in [asyncapi.json](asyncapi.json)."""

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "A problem (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "instance": {"type": "string", "description": "The path that was asked for."},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
}

HEADERS: Mapping[str, Any] = {
    "RequestId": {"description": "Names the request in the access log.", "schema": TEXT},
    "RateLimit": {"description": "What is left (draft-ietf-httpapi-ratelimit-headers).", "schema": TEXT},
    "RateLimit-Policy": {"description": "The caller's rate.", "schema": TEXT},
}


def openapi(gateway: Gateway, *, plugins: Plugins) -> dict[str, Any]:
    """The document. It names no address: where it is served, there the API is."""
    routes = told(gateway, plugins=plugins)
    paths: dict[str, Any] = {}
    for each in routes:
        described = operation(each, gateway, links=_links(each, routes))
        paths.setdefault(each.route.path, {})[each.route.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": gateway.name, "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**reached(paths), "Problem": PROBLEM},
            "headers": HEADERS,
            "securitySchemes": security_schemes(gateway, routes),
        },
    }


def _links(one: Told, routes: Sequence[Told]) -> dict[str, Any]:
    """From the id in an answer to every route that takes a parameter of that name."""
    given = {part.gives for part in one.parts if part.gives} & _members_told(one)
    return {
        other.route.name: {"operationId": other.route.name, "parameters": {name: f"$response.body#/{name}"}}
        for name in sorted(given)
        for other in routes
        if name in other.route.parameters()
    }


def _members_told(one: Told) -> set[str]:
    """The members of its success."""
    return {
        member
        for part in one.parts
        for answer in part.answers
        if 200 <= answer.status < 300
        for schema in answer.content.values()
        for member in schema.get("properties", {})
    }
