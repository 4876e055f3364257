"""The one cookie that is ours, as metadata for the processor; `cookie` itself goes nowhere."""

from envoy_data_plane.envoy.extensions.filters.http.header_to_metadata.v3 import (
    Config,
    ConfigKeyValuePair,
    ConfigRule,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.names import COOKIE
from envoy.parts import http_filter
from ext_proc.tickets import COOKIE_NAME
from ext_proc.wire import COOKIE_KEY, NAMESPACE


def cookie_filter() -> HttpFilter:
    """The filter; it reads on routes that say so with `cookie_read`, and on no other."""
    return http_filter(COOKIE, Config(), disabled=True)


def cookie_read() -> Config:
    """What a route says whose plugins want the cookie."""
    value = ConfigKeyValuePair(metadata_namespace=NAMESPACE, key=COOKIE_KEY)
    return Config(request_rules=[ConfigRule(cookie=COOKIE_NAME, on_header_present=value)])
