"""How a request goes on to an upstream."""

from envoy_data_plane.envoy.config.route.v3 import RetryPolicy, RetryPolicyRetryHostPredicate, RouteAction
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts.v3 import PreviousHostsPredicate
from envoy_data_plane.google.protobuf import Any

from envoy.parts import PREVIOUS_HOSTS, seconds

RETRIES = 2
RETRY_ON = "connect-failure,refused-stream,reset-before-request"  # what no upstream can have seen
HARMLESS = RETRY_ON + ",reset"  # or one that died before it answered


def forwarded(cluster: str, *, idle: float, harmless: bool) -> RouteAction:
    """To the cluster, without an end that could be foreseen; the answer may be silent for `idle` seconds.

    A request that is `harmless` to repeat is asked again of another upstream while nothing of an answer has come.
    """
    elsewhere = RetryPolicyRetryHostPredicate(name=PREVIOUS_HOSTS, typed_config=Any.pack(PreviousHostsPredicate()))
    retry = RetryPolicy(
        retry_on=HARMLESS if harmless else RETRY_ON,
        num_retries=RETRIES,
        retry_host_predicate=[elsewhere],
        host_selection_retry_max_attempts=5,
    )
    return RouteAction(cluster=cluster, timeout=seconds(0), idle_timeout=seconds(idle), retry_policy=retry)
