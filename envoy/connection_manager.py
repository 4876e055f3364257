"""HTTP at the edge: how requests are read, normalised, filtered, answered and logged."""

from envoy_data_plane.envoy.config.core.v3 import (
    Http1ProtocolOptions,
    Http2ProtocolOptions,
    HttpProtocolOptions,
    HttpProtocolOptionsHeadersWithUnderscoresAction,
    KeepaliveSettings,
)
from envoy_data_plane.envoy.extensions.filters.http.router.v3 import Router
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    HttpConnectionManager,
    HttpConnectionManagerPathWithEscapedSlashesAction,
    HttpConnectionManagerTracing,
    HttpFilter,
)

from envoy.access_log import access_log
from envoy.filters.body import gather_filter, length_filter
from envoy.filters.cookie import cookie_filter
from envoy.filters.cors import cors_filter
from envoy.filters.guard import guard_filter
from envoy.filters.jwt import jwt_filter
from envoy.filters.processor import processor_filter
from envoy.filters.query import query_filter
from envoy.filters.rate_headers import rate_headers_filter
from envoy.filters.rate_limit import rate_limit_filter
from envoy.filters.strip import strip
from envoy.filters.trace_header import trace_header_filter
from envoy.local_replies import local_replies
from envoy.parts import http_filter, seconds
from envoy.routes import Plugins, routes
from runtime.settings.gateway import Gateway

MAX_HEADERS_KB = 32
MAX_HEADERS = 100
STREAMS_PER_CONNECTION = 100
HEADERS_SECONDS = 10.0
REQUEST_SECONDS = 60.0
IDLE_SECONDS = 60.0


def connection_manager(
    gateway: Gateway, *, plugins: Plugins, tracing: HttpConnectionManagerTracing | None = None
) -> HttpConnectionManager:
    """The whole of it, in the order in which a request meets it."""
    traced = tracing is not None
    return HttpConnectionManager(
        stat_prefix="edge",
        common_http_protocol_options=_common(),
        http_protocol_options=Http1ProtocolOptions(),
        http2_protocol_options=_http2(),
        max_request_headers_kb=MAX_HEADERS_KB,
        request_headers_timeout=seconds(HEADERS_SECONDS),
        request_timeout=seconds(REQUEST_SECONDS),
        stream_idle_timeout=seconds(IDLE_SECONDS),
        use_remote_address=True,
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action=HttpConnectionManagerPathWithEscapedSlashesAction.REJECT_REQUEST,
        early_header_mutation_extensions=[strip()],
        always_set_request_id_in_response=True,
        drain_timeout=seconds(gateway.edge.drain),
        http_filters=_filters(gateway, traced=traced),
        route_config=routes(gateway, plugins=plugins),
        local_reply_config=local_replies(gateway, traced=traced),
        access_log=[access_log(traced=traced)],
        tracing=tracing,
    )


def _filters(gateway: Gateway, *, traced: bool) -> list[HttpFilter]:
    return [
        *([trace_header_filter()] if traced else []),
        rate_headers_filter(gateway),
        cors_filter(),
        jwt_filter(gateway),
        rate_limit_filter(gateway),
        length_filter(),
        gather_filter(),
        query_filter(),
        cookie_filter(),
        processor_filter(gateway),
        guard_filter(),
        http_filter("envoy.filters.http.router", Router(suppress_envoy_headers=True)),
    ]


def _common() -> HttpProtocolOptions:
    # ce_id and ce-id would be one name to whoever reads headers as variables.
    refuse = HttpProtocolOptionsHeadersWithUnderscoresAction.REJECT_REQUEST
    return HttpProtocolOptions(
        headers_with_underscores_action=refuse, max_headers_count=MAX_HEADERS, idle_timeout=seconds(300)
    )


def _http2() -> Http2ProtocolOptions:
    return Http2ProtocolOptions(
        max_concurrent_streams=STREAMS_PER_CONNECTION,
        initial_stream_window_size=65_536,
        initial_connection_window_size=1024 * 1024,
        connection_keepalive=KeepaliveSettings(interval=seconds(30), timeout=seconds(10)),
    )
