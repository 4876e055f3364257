"""Paths of the public listener that are no routes of gateway.yaml."""

OPENAPI, ASYNCAPI = DESCRIPTIONS = ("/openapi.json", "/asyncapi.json")
"""Where the API's descriptions are, unless `edge.described` is off."""
