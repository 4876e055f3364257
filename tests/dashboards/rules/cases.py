"""What Prometheus is shown, and who is called then. Series are in promtool's notation, a value a minute; of objectives, one in two."""

from collections.abc import Mapping
from dataclasses import dataclass

PAGE, TICKET = "page", "ticket"

_EDGE = 'envoy_http_conn_manager_prefix="edge"'
_RQ = f"envoy_http_downstream_rq_xx{{{_EDGE}, envoy_response_code_class="
_CALLS = "gen_ai_client_operation_duration_seconds_count"
_MODEL = 'gen_ai_request_model="m", tier="free"'
_HOURS = 30 * 3  # values: a part of all is the same over three days and over the three hours that there are of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Some hours of a system.

    Attributes:
        says: What is the matter.
        series: What is scraped.
        at: When it is looked at.
        firing: The alerts that fire then, and no others; with their severity.
    """

    says: str
    series: Mapping[str, str]
    at: str
    firing: Mapping[str, str]


def _ratio(bad: str, every: str, *, part: float, minutes: int) -> dict[str, str]:
    """Two counters, of which the first grows by that part of the second."""
    return {bad: f"0+{100 * part:g}x{minutes}", every: f"0+100x{minutes}"}


def _objective(name: str, bad: str, every: str, *, fast: float, slow: float, good: float, inverted: bool) -> list[Case]:
    """An objective that burns fast, one that burns slowly, and one that is kept. `bad` of an inverted one is what is good."""

    def at(part: float, minutes: int) -> dict[str, str]:
        return _ratio(bad, every, part=1 - part if inverted else part, minutes=minutes)

    both = {f"{name}BurnsFast": PAGE, f"{name}BurnsSlowly": TICKET}
    return [
        Case(says=f"{name} burns fast", series=at(fast, 45), at="85m", firing=both),
        Case(
            says=f"{name} burns slowly",
            series=at(slow, _HOURS),
            at="170m",
            firing={f"{name}BurnsSlowly": TICKET},
        ),
        Case(says=f"{name} is kept", series=at(good, _HOURS), at="170m", firing={}),
    ]


def _histogram(name: str, bound: str, labels: str = "") -> tuple[str, str]:
    return f'{name}_bucket{{{labels}le="{bound}"}}', f"{name}_count{{{labels.removesuffix(', ')}}}"


OBJECTIVES = (
    _objective("SluiceAvailability", f'{_RQ}"5"}}', f'{_RQ}"2"}}', fast=0.03, slow=0.002, good=0.0005, inverted=False),
    _objective(
        "SluiceAcceptance",
        *_histogram("gateway_pipeline_seconds", "0.25", 'route="queries", '),
        fast=0.2,
        slow=0.02,
        good=0.005,
        inverted=True,
    ),
    _objective(
        "SluiceAnswers",
        'worker_answers_total{outcome="error"}',
        'worker_answers_total{outcome="done"}',
        fast=0.25,
        slow=0.02,
        good=0.005,
        inverted=False,
    ),
    _objective(
        "SluiceFirstText",
        *_histogram("worker_first_text_seconds", "10.0", 'tier="free", '),
        fast=0.9,
        slow=0.1,
        good=0.02,
        inverted=True,
    ),
    _objective(
        "SluiceDelivery",
        *_histogram("gateway_delivery_seconds", "1.0", 'topic="rag.results", '),
        fast=0.2,
        slow=0.02,
        good=0.005,
        inverted=True,
    ),
)

CAUSES = [
    Case(
        says="nothing comes at all",
        series={'up{job="envoy"}': "1x90", "worker_lag_records": "0x90"},
        at="80m",
        firing={},
    ),
    Case(
        says="a burst of errors that is over ends its alert within minutes",
        series={f'{_RQ}"5"}}': "0+10x60 600x45", f'{_RQ}"2"}}': "0+100x105"},
        at="95m",
        firing={"SluiceAvailabilityBurnsSlowly": TICKET},
    ),
    Case(
        says="a process does not answer",
        series={'up{job="results"}': "1x5 0x10", 'up{job="envoy"}': "1x15"},
        at="10m",
        firing={"SluiceProcessDown": PAGE},
    ),
    Case(
        says="processors break their streams",
        series={
            f"envoy_http_ext_proc_streams_failed{{{_EDGE}}}": "0+5x20",
            f"envoy_http_ext_proc_streams_started{{{_EDGE}}}": "0+100x20",
        },
        at="15m",
        firing={"SluiceProcessorFails": PAGE},
    ),
    Case(
        says="a processor breaks one stream in a thousand",
        series={
            f"envoy_http_ext_proc_streams_failed{{{_EDGE}}}": "0+1x20",
            f"envoy_http_ext_proc_streams_started{{{_EDGE}}}": "0+1000x20",
        },
        at="15m",
        firing={},
    ),
    Case(
        says="Kafka takes no records",
        series={'gateway_produce_failures_total{topic="rag.queries", reason="DeliveryFailed"}': "0x5 1+1x10"},
        at="12m",
        firing={"SluiceKafkaRefuses": PAGE},
    ),
    Case(
        says="connections run out",
        series={"envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure": "90x20"},
        at="10m",
        firing={"SluiceConnectionsFull": TICKET},
    ),
    Case(
        says="a certificate ends",
        series={"envoy_server_days_until_first_cert_expiring": "13x90"},
        at="80m",
        firing={"SluiceCertificateEnds": TICKET},
    ),
    Case(
        says="there is no certificate",
        series={"envoy_server_days_until_first_cert_expiring": "4294967295x90"},
        at="80m",
        firing={},
    ),
    Case(
        says="readers are too slow",
        series={
            'gateway_slow_readers_total{topic="rag.results"}': "0+1x60",
            'gateway_streams_total{topic="rag.results", code="200"}': "0+10x60",
        },
        at="50m",
        firing={"SluiceReadersDropped": TICKET},
    ),
    Case(
        says="idempotency keys are forgotten",
        series={'gateway_idempotency_forgotten_total{topic="rag.idempotency"}': "0x10 5x10"},
        at="15m",
        firing={"SluiceIdempotencyForgets": TICKET},
    ),
    Case(
        says="no worker reports",  # promtool has no NaN; what is below 0 is as little a wait
        series={'gateway_expected_wait_seconds{tier="free"}': "2x3 -1x20"},
        at="12m",
        firing={"SluiceNobodyWorks": PAGE},
    ),
    Case(
        says="one processor of two has not heard of a worker yet",
        series={
            'gateway_expected_wait_seconds{tier="free", instance="a"}': "2x20",
            'gateway_expected_wait_seconds{tier="free", instance="b"}': "-1x20",
        },
        at="12m",
        firing={},
    ),
    Case(
        says="a stage stands",
        series={
            'worker_lag_records{stage="retriever"}': "0x5 50x30",
            'worker_handled_total{stage="retriever"}': "0+10x5 50x30",
        },
        at="25m",
        firing={"SluiceStageStands": PAGE},
    ),
    Case(
        says="a stage falls behind",
        series={
            'worker_lag_records{stage="generator"}': "500+100x60",
            'worker_handled_total{stage="generator"}': "0+10x60",
        },
        at="55m",
        firing={"SluiceLagGrows": TICKET},
    ),
    Case(
        says="a stage catches up",
        series={
            'worker_lag_records{stage="generator"}': "9000-100x60",
            'worker_handled_total{stage="generator"}': "0+200x60",
        },
        at="55m",
        firing={},
    ),
    Case(
        says="a record is given up",
        series={'worker_dead_letters_total{stage="embedder", reason="malformed"}': "0x10 1x10"},
        at="15m",
        firing={"SluiceDeadLetters": TICKET},
    ),
    Case(
        says="the provider refuses the key",
        series={'worker_dead_letters_total{stage="generator", reason="spend-limit"}': "0x10 1x10"},
        at="15m",
        firing={"SluiceDeadLetters": TICKET, "SluiceModelRefusesUs": PAGE},
    ),
    Case(
        says="a model fails",
        series={
            f'{_CALLS}{{{_MODEL}, error_type="500"}}': "0+3x60",
            f'{_CALLS}{{{_MODEL}, error_type=""}}': "0+7x60",
        },
        at="50m",
        firing={"SluiceModelFails": TICKET},
    ),
    Case(
        says="callers change their minds",
        series={
            f'{_CALLS}{{{_MODEL}, error_type="cancelled"}}': "0+9x60",
            f'{_CALLS}{{{_MODEL}, error_type=""}}': "0+1x60",
        },
        at="50m",
        firing={},
    ),
    Case(
        says="models cost more than was meant",
        series={f"gen_ai_client_cost_usd_total{{{_MODEL}}}": "0+3x120"},
        at="110m",
        firing={"SluiceSpendsTooMuch": TICKET},
    ),
    Case(
        says="two generators keep to all of the limits each",
        series={
            'gen_ai_client_quota_share_ratio{instance="a"}': "1x30",
            'gen_ai_client_quota_share_ratio{instance="b"}': "1x30",
        },
        at="25m",
        firing={"SluiceQuotaShared": TICKET},
    ),
]
