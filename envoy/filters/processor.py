"""The external processor: every declared route asks it, and no answer means no.

A body that it wants was gathered before (`envoy.filters.body`), so it is sent in one message, at once after the headers:
STREAMED is Envoy's name for not waiting in between. A processor that keeps its answer until it has seen the body saves a
round trip, and may die in the meantime without loss: Envoy asks another as long as nothing was answered.
"""

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutationRules
from envoy_data_plane.envoy.config.core.v3 import (
    BackoffStrategy,
    GrpcService,
    GrpcServiceEnvoyGrpc,
    RetryPolicy,
)
from envoy_data_plane.envoy.extensions.filters.http.ext_proc.v3 import (
    ExternalProcessor,
    ExternalProcessorRouteCacheAction,
    ExtProcOverrides,
    ExtProcPerRoute,
    HeaderForwardingRules,
    MetadataOptions,
    MetadataOptionsMetadataNamespaces,
    ProcessingMode,
    ProcessingModeBodySendMode,
    ProcessingModeHeaderSendMode,
)
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.matcher.v3 import ListStringMatcher, RegexMatcher, StringMatcher
from envoy_data_plane.envoy.type.v3 import HttpStatus, StatusCode

from envoy.names import EXT_PROC, JWT, PROCESSOR
from envoy.parts import http_filter, previous_hosts, seconds
from ext_proc.wire import NAMESPACE
from runtime.settings.gateway import Gateway

# Together about half a second: long enough for a processor to be started again, short enough to say 503.
RETRIES = 8
FIRST_WAIT, LONGEST_WAIT = 0.02, 0.25

# The first three have not reached a processor. The others may have: the requests that a dying processor holds are asked
# again of the next one, as their clients would have to. Bodies over 64 KiB are not kept by Envoy for that.
RETRY_ON = "connect-failure,refused-stream,reset-before-request,reset,unavailable,cancelled"

NEVER_FORWARDED = ("authorization", "cookie", "proxy-authorization")
"""Credentials; what they say is in the metadata. Of the cookies that is ours alone, on a route that wants it: what other
sites on the same host have set is no business of the processor's."""

NEVER_SET = (
    "authorization|connection|content-length|cookie|host|te|trailer|transfer-encoding|upgrade|x-envoy-.*|x-forwarded-.*"
)
"""Headers that would change how Envoy frames or routes, on requests and on the processor's own answers alike."""


def processor_filter(gateway: Gateway) -> HttpFilter:
    """The filter; it asks on routes that say so with `processed`, and on no other."""
    message = ExternalProcessor(
        grpc_service=_service(),
        failure_mode_allow=False,
        status_on_error=HttpStatus(code=StatusCode.ServiceUnavailable),
        message_timeout=seconds(gateway.edge.processor_timeout),
        processing_mode=_mode(body=False),
        send_body_without_waiting_for_header_response=True,
        metadata_options=MetadataOptions(
            forwarding_namespaces=MetadataOptionsMetadataNamespaces(untyped=[JWT, NAMESPACE])
        ),
        forward_rules=HeaderForwardingRules(disallowed_headers=_named(NEVER_FORWARDED)),
        mutation_rules=HeaderMutationRules(
            allow_all_routing=False,
            allow_envoy=False,
            disallow_system=True,
            disallow_expression=RegexMatcher(regex=NEVER_SET),
        ),
        route_cache_action=ExternalProcessorRouteCacheAction.RETAIN,  # the route was chosen, and its limits applied
    )
    return http_filter(EXT_PROC, message, disabled=True)


def processed(*, body: bool) -> ExtProcPerRoute:
    """What a declared route says: whether the processor wants the gathered body besides the headers."""
    return ExtProcPerRoute(overrides=ExtProcOverrides(processing_mode=_mode(body=body)))


def _mode(*, body: bool) -> ProcessingMode:
    skip = ProcessingModeHeaderSendMode.SKIP
    return ProcessingMode(
        request_header_mode=ProcessingModeHeaderSendMode.SEND,
        request_body_mode=ProcessingModeBodySendMode.STREAMED if body else ProcessingModeBodySendMode.NONE,
        request_trailer_mode=skip,
        response_header_mode=skip,
        response_body_mode=ProcessingModeBodySendMode.NONE,
        response_trailer_mode=skip,
    )


def _service() -> GrpcService:
    return GrpcService(
        envoy_grpc=GrpcServiceEnvoyGrpc(cluster_name=PROCESSOR),
        retry_policy=RetryPolicy(
            num_retries=RETRIES,
            retry_on=RETRY_ON,
            retry_back_off=BackoffStrategy(base_interval=seconds(FIRST_WAIT), max_interval=seconds(LONGEST_WAIT)),
            retry_host_predicate=[previous_hosts()],
            host_selection_retry_max_attempts=5,
        ),
    )


def _named(names: tuple[str, ...]) -> ListStringMatcher:
    return ListStringMatcher(patterns=[StringMatcher(exact=name, ignore_case=True) for name in names])
