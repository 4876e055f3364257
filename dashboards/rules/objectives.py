"""What is promised of the service, and how it is measured: the objectives that alerts and budgets are made of."""

from dataclasses import dataclass

from dashboards.promql import EDGE, rate, ratio

DAYS = 30
"""Over which an objective is to be kept."""

ACCEPTED_ROUTES = ("chunks", "queries")
"""The routes of gateway.yaml whose requests become records."""

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""Over which errors are recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One promise.

    Attributes:
        name: In the names of its records.
        alert: The beginning of the names of its alerts.
        kept: The part that has to be good.
        good: What is good, in words that go on from the number.
        bad: PromQL of how many were not good a second, over `{window}`.
        all: PromQL of how many there were.
    """

    name: str
    alert: str
    kept: float
    good: str
    bad: str
    all: str

    @property
    def budget(self) -> float:
        """The part that may be bad."""
        return round(1 - self.kept, 9)

    def record(self, window: str) -> str:
        """The name of the part that was bad over a window."""
        return f"sluice:{self.name}:error_ratio_rate{window}"

    def errors(self, window: str) -> str:
        """PromQL of that part; nothing, where nothing came."""
        return ratio(f"({self.bad})", self.all).replace("{window}", window)


def _slow(histogram: str, seconds: float, *, where: str = "") -> tuple[str, str]:
    """How many took longer than that, and how many there were; the time is one of the histogram's bounds."""
    within = ", ".join(filter(None, (where, f'le="{seconds}"')))
    every = rate(f"{histogram}_count", where=where, over="{window}")
    return f"{every} - {rate(f'{histogram}_bucket', where=within, over='{window}')}", every


def _all() -> tuple[Objective, ...]:
    answers = "envoy_http_downstream_rq_xx"
    routes = f'route=~"{"|".join(ACCEPTED_ROUTES)}"'
    accept, accepted = _slow("gateway_pipeline_seconds", 0.25, where=routes)
    first, firsts = _slow("worker_first_text_seconds", 10.0)
    late, delivered = _slow("gateway_delivery_seconds", 1.0)
    return (
        Objective(
            name="availability",
            alert="SluiceAvailability",
            kept=0.999,
            good="of requests are answered with something else than 5xx",
            bad=rate(answers, where=f'{EDGE}, envoy_response_code_class="5"', over="{window}"),
            all=rate(answers, where=EDGE, over="{window}"),
        ),
        Objective(
            name="acceptance",
            alert="SluiceAcceptance",
            kept=0.99,
            good="of chunks and queries are decided within 250 ms, Kafka's acknowledgement included",
            bad=accept,
            all=accepted,
        ),
        Objective(
            name="answers",
            alert="SluiceAnswers",
            kept=0.99,
            good="of queries end in something else than `error`",
            bad=rate("worker_answers_total", where='outcome="error"', over="{window}"),
            all=rate("worker_answers_total", over="{window}"),
        ),
        Objective(
            name="first_text",
            alert="SluiceFirstText",
            kept=0.95,
            good="of answers begin within 10 s of the question, all waiting included",
            bad=first,
            all=firsts,
        ),
        Objective(
            name="delivery",
            alert="SluiceDelivery",
            kept=0.99,
            good="of events are on the way to a live reader within 1 s of being written",
            bad=late,
            all=delivered,
        ),
    )


OBJECTIVES = _all()
