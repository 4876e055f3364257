"""What Envoy must do for a route follows from its plugins."""

from ext_proc.plan import RoutePlan, plan
from ext_proc.registry import BUILT_IN
from runtime.settings.gateway import Gateway


def test_only_a_plugin_that_reads_the_body_has_it_sent(gateway: Gateway) -> None:
    """Routes that write a body are buffered and answered; the others send their headers alone, and those that read go upstream."""
    plans = {route.name: plan(route, plugins=BUILT_IN) for route in gateway.routes}
    assert plans == {
        "chunks": RoutePlan(body=True, cluster=None),
        "queries": RoutePlan(body=True, cluster=None),
        "results": RoutePlan(body=False, cluster="results", token_optional=True, cookie=True),
        "renew": RoutePlan(body=False, cluster=None, cookie=True),
        "cancel": RoutePlan(body=False, cluster=None),
        "query": RoutePlan(body=False, cluster="results"),
    }
