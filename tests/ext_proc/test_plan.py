"""What Envoy must do for a route follows from its plugins."""

from ext_proc.plan import RoutePlan, plan
from ext_proc.registry import BUILT_IN
from runtime.settings.gateway import Gateway


def test_only_a_plugin_that_reads_the_body_has_it_sent(gateway: Gateway) -> None:
    """Writing routes are buffered and answered; the reading route sends its headers alone and goes upstream."""
    plans = {route.name: plan(route, plugins=BUILT_IN) for route in gateway.routes}
    assert plans == {
        "chunks": RoutePlan(body=True, cluster=None),
        "queries": RoutePlan(body=True, cluster=None),
        "results": RoutePlan(body=False, cluster="results"),
    }
