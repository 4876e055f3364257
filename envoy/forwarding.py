"""How a request goes on to an upstream."""

from envoy_data_plane.envoy.config.route.v3 import (
    HeaderMatcher,
    RetryPolicy,
    RetryPolicyRetryBackOff,
    RetryPolicyRetryHostPredicate,
    RouteAction,
)
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.google.protobuf import Any

from envoy.parts import PREVIOUS_HOSTS, seconds
from ext_proc.results.problems import ELSEWHERE

# Together some three seconds: long enough for the only results server to be started again, short enough to say 503.
# An EventSource that is answered with 503 never comes back by itself.
RETRIES = 10
FIRST_WAIT, LONGEST_WAIT = 0.05, 0.5

# Nobody has seen the request, or whoever has says that another can answer it.
RETRY_ON = "connect-failure,refused-stream,reset-before-request,retriable-headers"
HARMLESS = RETRY_ON + ",reset"  # or one that died before it answered


def forwarded(cluster: str, *, idle: float, harmless: bool) -> RouteAction:
    """To the cluster, without an end that could be foreseen; the answer may be silent for `idle` seconds.

    A request that is `harmless` to repeat is asked again of another upstream while nothing of an answer has come.
    """
    elsewhere = RetryPolicyRetryHostPredicate(name=PREVIOUS_HOSTS, typed_config=Any.pack(PreviousHostsPredicate()))
    retry = RetryPolicy(
        retry_on=HARMLESS if harmless else RETRY_ON,
        retriable_headers=[HeaderMatcher(name=ELSEWHERE, present_match=True)],
        num_retries=RETRIES,
        retry_back_off=RetryPolicyRetryBackOff(base_interval=seconds(FIRST_WAIT), max_interval=seconds(LONGEST_WAIT)),
        retry_host_predicate=[elsewhere],
        host_selection_retry_max_attempts=5,
    )
    return RouteAction(cluster=cluster, timeout=seconds(0), idle_timeout=seconds(idle), retry_policy=retry)
