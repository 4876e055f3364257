"""One line of JSON for each request, on standard output: everything an operator asks for, and no token.

The path has no query string, where a token may stand.
"""

from envoy_data_plane.envoy.config.accesslog.v3 import AccessLog
from envoy_data_plane.envoy.config.core.v3 import JsonFormatOptions, SubstitutionFormatString
from envoy_data_plane.envoy.extensions.access_loggers.stream.v3 import StdoutAccessLog
from envoy_data_plane.google.protobuf import Any, Struct

FIELDS = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "process": "envoy",
    "request_id": "%STREAM_ID%",
    "route": "%ROUTE_NAME%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "duration_ms": "%DURATION%",
    "upstream": "%UPSTREAM_CLUSTER%",
    "upstream_host": "%UPSTREAM_HOST%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "user_agent": "%REQ(USER-AGENT)%",
}


def access_log(*, traced: bool = False) -> AccessLog:
    """The log; `details` and `upstream_host` are for operators alone and in no answer.

    Where Envoy traces it names the trace. Elsewhere that is the client's, or the digits of `request_id`.
    """
    fields = {**FIELDS, "trace_id": "%TRACE_ID%"} if traced else FIELDS
    log_format = SubstitutionFormatString(
        json_format=Struct.from_dict(fields), json_format_options=JsonFormatOptions(sort_properties=False)
    )
    return AccessLog(name="envoy.access_loggers.stdout", typed_config=Any.pack(StdoutAccessLog(log_format=log_format)))
