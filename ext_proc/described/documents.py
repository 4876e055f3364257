"""The descriptions of the API, as they are served."""

from collections.abc import Mapping

import orjson

from ext_proc.described.asyncapi import asyncapi
from ext_proc.described.openapi import openapi
from ext_proc.described.parts import Plugins
from runtime.settings.gateway import Gateway
from runtime.settings.paths import ASYNCAPI, OPENAPI


def documents(gateway: Gateway, *, plugins: Plugins) -> Mapping[str, bytes]:
    """The text of each, by the path that it has on the public listener; the same bytes for the same gateway.yaml."""
    return {
        OPENAPI: orjson.dumps(openapi(gateway, plugins=plugins)),
        ASYNCAPI: orjson.dumps(asyncapi(gateway, plugins=plugins)),
    }
