"""Pieces of PromQL that every board and rule is made of."""

WINDOW = "$__rate_interval"
"""Grafana's: long enough for a rate, whatever the scrapes and the zoom."""

EDGE = 'envoy_http_conn_manager_prefix="edge"'
"""Envoy's public listener, and not its admin interface."""


def rate(metric: str, *, by: str = "", where: str = "", over: str = WINDOW) -> str:
    """How much is added a second, over all processes; for each value of the labels `by`."""
    return f"sum{_by(by)}(rate({metric}{_where(where)}[{over}]))"


def total(metric: str, *, by: str = "", where: str = "") -> str:
    """A gauge, over all processes."""
    return f"sum{_by(by)}({metric}{_where(where)})"


def quantile(q: float, metric: str, *, by: str = "", where: str = "", over: str = WINDOW) -> str:
    """A quantile of a histogram over all processes; `metric` is its name without an ending."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q:g}, {rate(f'{metric}_bucket', by=labels, where=where, over=over)})"


def ratio(part: str, whole: str) -> str:
    """A part of a whole; nothing, rather than NaN, while there is no whole."""
    return f"{part} / ({whole} > 0)"


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""


def _where(matchers: str) -> str:
    return f"{{{matchers}}}" if matchers else ""
