"""The table of problems, in Envoy's words."""

from envoy_data_plane.envoy.config.accesslog.v3 import AccessLogFilter, ExtensionFilter
from envoy_data_plane.envoy.config.core.v3 import DataSource, JsonFormatOptions, SubstitutionFormatString
from envoy_data_plane.envoy.extensions.access_loggers.filters.cel.v3 import ExpressionFilter
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    LocalReplyConfig,
    ResponseMapper,
)
from envoy_data_plane.google.protobuf import Any, Struct

from envoy.filters.trace_header import TRACE_ID as SPANS_TRACE_ID
from envoy.parts import set_header
from envoy.problems import ON_BARE_ROUTE, OURS, EnvoyProblem, problems
from ext_proc.reply import PROBLEM, PROBLEM_TYPES
from runtime.settings.gateway import Gateway

RETRY_AFTER = 1
"""Seconds; a processor or an upstream that was restarted is back by then."""


_PARENT = "request.headers['traceparent']"
_NAMES_A_TRACE = " && ".join(
    (
        "'traceparent' in request.headers",
        f"size({_PARENT}) == 55",  # Envoy bounds the size of a regular expression: lengths are not counted in it
        f"{_PARENT}.matches('^00-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$')",
        f"{_PARENT}.matches('^00-.*[1-9a-f].*-.*-..$')",
    )
)

# As `ext_proc.trace` has it: the client's trace where it names one, else the digits of Envoy's request id.
TRACE_ID = (
    rf"{_NAMES_A_TRACE} ? re.extract({_PARENT}, '^00-([0-9a-f]+)-.*', r'\1')"
    r" : re.extract(request.id, '(.*)-(.*)-(.*)-(.*)-(.*)', r'\1\2\3\4\5')"
)


def local_replies(gateway: Gateway, *, traced: bool = False) -> LocalReplyConfig:
    """Turns every reply of Envoy's into a problem, and leaves the processor's as they are. Where Envoy traces, it knows the trace.

    On routes that answer errors without a body it has the problem's status and headers alone.
    """
    table = problems(realm=gateway.identity.realm, retry_after=RETRY_AFTER)
    bare = [_bare(row) for row in table] if any(route.profile == "zilla" for route in gateway.routes) else []
    return LocalReplyConfig(
        mappers=[*bare, *(_mapper(row, trace_id=SPANS_TRACE_ID if traced else f"%CEL({TRACE_ID})%") for row in table)]
    )


def _mapper(row: EnvoyProblem, *, trace_id: str) -> ResponseMapper:
    return ResponseMapper(
        filter=_when(f"!{OURS} && ({row.when})"),
        status_code=row.status,
        headers_to_add=[set_header(name, value) for name, value in row.headers],
        body_format_override=_body(row, trace_id=trace_id),
    )


def _bare(row: EnvoyProblem) -> ResponseMapper:
    return ResponseMapper(
        filter=_when(f"!{OURS} && ({ON_BARE_ROUTE}) && ({row.when})"),
        status_code=row.status,
        headers_to_add=[set_header(name, value) for name, value in row.headers],
        body=DataSource(inline_string=""),
    )


def _when(expression: str) -> AccessLogFilter:
    config = Any.pack(ExpressionFilter(expression=expression))
    return AccessLogFilter(extension_filter=ExtensionFilter(name="cel", typed_config=config))


def _body(row: EnvoyProblem, *, trace_id: str) -> SubstitutionFormatString:
    document = {
        "type": PROBLEM_TYPES + row.reason,
        "title": row.title,
        "status": "%RESPONSE_CODE%",
        "detail": row.detail,
        "instance": "%PATH(NQ)%",  # without the query, where a token may stand
        "trace_id": trace_id,
    }
    return SubstitutionFormatString(
        json_format=Struct.from_dict(document),
        content_type=PROBLEM,
        omit_empty_values=True,  # a request that could not be parsed has no path
        json_format_options=JsonFormatOptions(sort_properties=False),
    )
