"""Alerts on causes that no objective shows in time, or that somebody has to mend by hand."""

from collections.abc import Sequence

from dashboards.promql import EDGE, rate, ratio
from dashboards.rules.rule import Alert, Condition, Group, when


def causes() -> Sequence[Group]:
    """By the part of the system that they are about."""
    return [
        Group(name="sluice-edge", rules=_edge()),
        Group(name="sluice-pipeline", rules=_pipeline()),
        Group(name="sluice-models", rules=_models()),
    ]


def _edge() -> Sequence[Alert]:
    failed = rate("envoy_http_ext_proc_streams_failed", where=EDGE, over="5m")
    begun = rate("envoy_http_ext_proc_streams_started", where=EDGE, over="5m")
    return [
        Alert(
            name="SluiceProcessDown",
            any_of=when("up", "<", 1),
            lasting="1m",
            severity="page",
            summary="The {{ $labels.job }} at {{ $labels.instance }} does not answer.",
        ),
        Alert(
            name="SluiceProcessorFails",
            any_of=when(ratio(failed, begun), ">", 0.01),
            lasting="2m",
            severity="page",
            summary="{{ $value | humanizePercentage }} of what Envoy asks the processors fails.",
        ),
        Alert(
            name="SluiceKafkaRefuses",
            any_of=when(rate("gateway_produce_failures_total", by="topic", over="5m"), ">", 0),
            lasting="2m",
            severity="page",
            summary="Kafka does not take records of {{ $labels.topic }}.",
        ),
        Alert(
            name="SluiceConnectionsFull",
            any_of=when("envoy_overload_envoy_resource_monitors_global_downstream_max_connections_pressure", ">", 80),
            lasting="5m",
            severity="ticket",
            summary="{{ $value }} % of the connections of {{ $labels.instance }} are taken.",
        ),
        Alert(
            name="SluiceCertificateEnds",
            any_of=when("envoy_server_days_until_first_cert_expiring", "<", 14),
            lasting="1h",
            severity="ticket",
            summary="A certificate of {{ $labels.instance }} ends in {{ $value }} days.",
        ),
        Alert(
            name="SluiceReadersDropped",
            any_of=when(
                ratio(
                    rate("gateway_slow_readers_total", over="15m"),
                    rate("gateway_streams_total", where='code="200"', over="15m"),
                ),
                ">",
                0.05,
            ),
            lasting="15m",
            severity="ticket",
            summary="{{ $value | humanizePercentage }} of readers are too slow for their answers.",
        ),
        Alert(
            name="SluiceIdempotencyForgets",
            any_of=when("sum(increase(gateway_idempotency_forgotten_total[1h]))", ">", 0),
            lasting="0m",
            severity="ticket",
            summary="Idempotency keys are forgotten before their time: a retry may be carried out twice.",
        ),
    ]


def _pipeline() -> Sequence[Alert]:
    # How many processors have an estimate: NaN, which they show without one, is not at least 0.
    known = "sum by (tier) (gateway_expected_wait_seconds >= bool 0)"
    lag = "sum by (stage) (worker_lag_records)"
    return [
        Alert(
            name="SluiceNobodyWorks",
            any_of=when(known, "<", 1),
            lasting="2m",
            severity="page",
            summary="No worker says that it takes queries of {{ $labels.tier }}; what is accepted waits in Kafka.",
        ),
        Alert(
            name="SluiceStageStands",
            any_of=[
                [Condition(lag, ">", 0), Condition(rate("worker_handled_total", by="stage", over="5m"), "<", 1e-9)]
            ],
            lasting="5m",
            severity="page",
            summary="The {{ $labels.stage }} has records to read and handles none.",
        ),
        Alert(
            name="SluiceLagGrows",
            any_of=[[Condition(lag, ">", 1000), Condition("sum by (stage) (deriv(worker_lag_records[15m]))", ">", 0)]],
            lasting="15m",
            severity="ticket",
            summary="The {{ $labels.stage }} falls behind what comes.",
        ),
        Alert(
            name="SluiceDeadLetters",
            any_of=when("sum by (stage, reason) (increase(worker_dead_letters_total[1h]))", ">", 0),
            lasting="0m",
            severity="ticket",
            summary="The {{ $labels.stage }} has given up records: {{ $labels.reason }}.",
        ),
    ]


def _models() -> Sequence[Alert]:
    calls = "gen_ai_client_operation_duration_seconds_count"
    model = "gen_ai_request_model"
    broken = 'error_type!="", error_type!="cancelled"'
    every = rate(calls, by=model, over="10m")
    refused = 'reason=~"model-unusable|spend-limit"'
    return [
        Alert(
            name="SluiceModelFails",
            any_of=when(ratio(rate(calls, by=model, where=broken, over="10m"), every), ">", 0.2),
            lasting="10m",
            severity="ticket",
            summary="{{ $value | humanizePercentage }} of the calls of {{ $labels.gen_ai_request_model }} fail.",
        ),
        Alert(
            name="SluiceModelRefusesUs",
            any_of=when(f"sum by (reason) (increase(worker_dead_letters_total{{{refused}}}[15m]))", ">", 0),
            lasting="0m",
            severity="page",
            summary="The provider refuses the account or the configuration: {{ $labels.reason }}.",
        ),
        Alert(
            name="SluiceSpendsTooMuch",
            any_of=when("3600 * sum(rate(gen_ai_client_cost_usd_total[1h]))", ">", 100),
            lasting="15m",
            severity="ticket",
            summary="Models cost {{ $value }} US dollars an hour.",
        ),
        Alert(
            name="SluiceQuotaShared",
            any_of=when("abs(sum(gen_ai_client_quota_share_ratio) - 1)", ">", 0.01),
            lasting="10m",
            severity="ticket",
            summary="The generators' shares of the models' limits do not come to 1.",
        ),
    ]
