"""Envoy's own spans: their names, what they must not tell, and who decides which are recorded."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from envoy.bootstrap import render
from envoy.run import RunningEnvoy
from ext_proc.registry import discover
from runtime.errors import ConfigError
from runtime.tracing.environment import GRPC, HTTP
from tests.fixtures.collector import Collector, collecting
from tests.fixtures.envoy import Keys, gateway_of

SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SECRETS = {HTTP: "a%b", GRPC: "a b"}
UNSAMPLED = "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


def _rendered(folder: Path, keys: dict[str, Keys], **environ: str) -> Any:
    return json.loads(render(gateway_of(folder, keys), plugins=discover(), environ=environ))


def _cluster(document: Any) -> Any:
    return next(each for each in document["static_resources"]["clusters"] if each["name"] == "traces")


def _tracer(document: Any) -> Any:
    (chain,) = document["static_resources"]["listeners"][0]["filter_chains"]
    return chain["filters"][0]["typed_config"]["tracing"]["provider"]["typed_config"]


def _all(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _all(each)
    elif isinstance(value, list):
        for each in value:
            yield from _all(each)


def test_without_an_endpoint_nothing_is_traced(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """A bootstrap without the variables has no tracer, no collector and no filter for either."""
    document = _rendered(tmp_path, issuer_keys)
    assert not {"tracing", "layered_runtime"} & set(_all(document))
    assert _rendered(tmp_path, issuer_keys, OTEL_EXPORTER_OTLP_ENDPOINT="") == document


def test_a_collector_over_grpc_and_tls(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """Protocol, host, roots and secret headers reach Envoy as the variables have them."""
    document = _rendered(
        tmp_path,
        issuer_keys,
        OTEL_EXPORTER_OTLP_ENDPOINT="https://collector.example:4317",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        OTEL_EXPORTER_OTLP_CERTIFICATE="/roots.pem",
        OTEL_EXPORTER_OTLP_HEADERS="Api-Key=a%2Cb",
        OTEL_SERVICE_NAME="edge",
        OTEL_TRACES_SAMPLER="parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0.25",
    )
    tls = _cluster(document)["transport_socket"]["typed_config"]
    tracer = _tracer(document)
    assert "collector.example" == tls["sni"]
    assert "/roots.pem" == tls["common_tls_context"]["validation_context"]["trusted_ca"]["filename"]
    assert [{"key": "api-key", "value": "a,b"}] == tracer["grpc_service"]["initial_metadata"]
    assert "edge" == tracer["service_name"]
    wrapped = tracer["sampler"]["typed_config"]["wrapped_sampler"]
    share = {"numerator": 250_000, "denominator": "MILLION"}
    assert share == wrapped["typed_config"]["sampling_percentage"]


@pytest.mark.parametrize(
    ("protocol", "headers", "named"),
    [("http/json", "", "OTEL_EXPORTER_OTLP_PROTOCOL"), ("grpc", "api-key=a%25b", "OTEL_EXPORTER_OTLP_HEADERS")],
)
def test_a_wrong_variable_stops_the_rendering(
    tmp_path: Path, issuer_keys: dict[str, Keys], protocol: str, headers: str, named: str
) -> None:
    """What cannot be done is said before Envoy is started, with the variable's name and without a secret."""
    with pytest.raises(ConfigError, match=named) as raised:
        _rendered(
            tmp_path,
            issuer_keys,
            OTEL_EXPORTER_OTLP_ENDPOINT="http://collector.example",
            OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
            OTEL_EXPORTER_OTLP_HEADERS=headers,
        )
    assert "a%b" not in str(raised.value)


@asynccontextmanager
async def _tracing(
    folder: Path, keys: dict[str, Keys], collector: Collector, protocol: str
) -> AsyncIterator[httpx.AsyncClient]:
    gateway = gateway_of(folder, keys)
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_HEADERS": f"api-key={SECRETS[protocol].replace('%', '%25')}",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    bootstrap = render(gateway, plugins=discover(), environ=environ)
    async with RunningEnvoy(gateway, folder=folder, log=folder / "envoy.log", bootstrap=bootstrap) as running:
        host, port = running.address
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", timeout=10) as client:
            yield client


@pytest.mark.envoy
@pytest.mark.parametrize("protocol", [HTTP, GRPC])
async def test_a_request_is_a_span_that_tells_no_secret(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys], protocol: str
) -> None:
    """Envoy's problems name the trace of its span, which has no query in it; and a caller's verdict on sampling holds."""
    async with (
        collecting(protocol) as collector,
        _tracing(short_folder(), issuer_keys, collector, protocol) as client,
    ):
        passed = await client.get("/nope", headers={"traceparent": UNSAMPLED})
        anew = (await client.get("/nope", headers={"x-gateway-trace": "1" * 32})).json()
        given = await client.post("/query?access_token=SECRET&x=PRIVATE", headers={"traceparent": SAMPLED})
        (span,) = await collector.until(anew["trace_id"], bool)
        (other,) = await collector.until(SAMPLED[3:35], bool)
    assert 401 == given.status_code
    assert SAMPLED[3:35] == given.json()["trace_id"]
    assert ("GET unknown", "server", "sluice-envoy", "") == (span.name, span.kind, span.service, span.parent_id)
    assert ("POST query", "/query") == (other.name, other.attributes["http.url"])
    assert SAMPLED[36:52] == other.parent_id
    assert SECRETS[protocol] == collector.headers[0]["api-key"]
    assert UNSAMPLED[3:35] == passed.json()["trace_id"]
    assert [] == collector.trace(UNSAMPLED[3:35])
    assert not any(word in body for body in collector.raw for word in (b"SECRET", b"PRIVATE"))
