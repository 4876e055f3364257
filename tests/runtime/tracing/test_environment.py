"""The standard variables, as the specification has them."""

import pytest

from runtime.errors import ConfigError
from runtime.tracing.environment import ENDPOINT, Export, Sampling, exporting

ALL = Sampling(ratio=1.0, parent=True)
BASE = {ENDPOINT: "http://collector:4318"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {ENDPOINT: ""},
        {"OTEL_TRACES_EXPORTER": "none", **BASE},
        {"OTEL_SDK_DISABLED": "True", **BASE},
    ],
)
def test_off(environ: dict[str, str]) -> None:
    """Unless somebody says where to, and nobody says no."""
    assert exporting(environ) is None


def test_endpoints() -> None:
    """That of everything gets the path of traces, that of traces is taken as it is, and gRPC has no path."""
    traces = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://t/x"}
    grpc = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    asked = {"OTEL_TRACES_EXPORTER": "otlp"}
    found = [exporting(each) for each in (BASE, {**BASE, **traces}, {**BASE, **grpc}, asked, {**asked, **grpc})]
    assert [
        Export(endpoint="http://collector:4318/v1/traces", protocol="http/protobuf", sampling=ALL),
        Export(endpoint="https://t/x", protocol="http/protobuf", sampling=ALL),
        Export(endpoint="http://collector:4318", protocol="grpc", sampling=ALL),
        Export(endpoint="http://localhost:4318/v1/traces", protocol="http/protobuf", sampling=ALL),
        Export(endpoint="http://localhost:4317", protocol="grpc", sampling=ALL),
    ] == found


@pytest.mark.parametrize(
    ("sampler", "argument", "expected"),
    [
        ("", "", ALL),
        ("always_on", "", Sampling(ratio=1.0, parent=False)),
        ("parentbased_always_off", "", Sampling(ratio=0.0, parent=True)),
        ("traceidratio", "0.5", Sampling(ratio=0.5, parent=False)),
        ("parentbased_traceidratio", "", ALL),
    ],
)
def test_samplers(sampler: str, argument: str, expected: Sampling) -> None:
    """Each of the specification's that says how many."""
    export = exporting({**BASE, "OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument})
    assert export is not None
    assert expected == export.sampling


def test_the_rest() -> None:
    """Secrets are headers and never shown; times are in seconds; what is said of traces alone goes first."""
    export = exporting(
        {
            **BASE,
            "OTEL_EXPORTER_OTLP_HEADERS": "other=x",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Api-Key=a%2Cb, second = c",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1500",
            "OTEL_BSP_SCHEDULE_DELAY": "250",
            "OTEL_SERVICE_NAME": "mine",
        }
    )
    assert export is not None
    assert {"api-key": "a,b", "second": "c"} == export.headers
    assert (1.5, 0.25, "mine") == (export.timeout, export.delay, export.service)
    assert "a,b" not in repr(export)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        (ENDPOINT, "collector:4318"),
        (ENDPOINT, "http://collector:x"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
        ("OTEL_TRACES_SAMPLER_ARG", "many"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5s"),
    ],
)
def test_what_cannot_be_done_stops_a_process(name: str, value: str) -> None:
    """With the name of the variable and what it says."""
    with pytest.raises(ConfigError, match=name) as raised:
        exporting({**BASE, name: value})
    assert value in str(raised.value)
