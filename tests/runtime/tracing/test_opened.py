"""A process traces where the variables say so."""

import subprocess
import sys

import pytest

from runtime.tracing.context import TraceContext
from runtime.tracing.environment import GRPC, HTTP
from runtime.tracing.opened import traced
from tests.fixtures.collector import collecting
from tests.fixtures.tracing import SAMPLED

LOOKS = """
import asyncio, sys
import runtime.logs
from runtime.tracing.opened import traced
async def main():
    async with traced({}, system="s", process="p") as tracer:
        assert tracer is None
asyncio.run(main())
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def test_off_costs_no_import() -> None:
    """Without an endpoint there is no tracer, and OpenTelemetry is not loaded."""
    assert "[]\n" == subprocess.check_output([sys.executable, "-c", LOOKS], text=True)


@pytest.mark.parametrize("protocol", [HTTP, GRPC])
async def test_what_is_recorded_is_sent_before_the_process_ends(monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    """With who sends it; the exporter reads what concerns it alone from the environment itself."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%2Cb")
    async with collecting(protocol) as collector:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
        async with traced(environ, system="sluice", process="embedder", number=2) as tracer:
            assert tracer is not None
            tracer.join(TraceContext(SAMPLED), "work", kind="server").end()
        (span,) = collector.spans
    assert ("work", "server", SAMPLED[3:35], SAMPLED[36:52]) == (span.name, span.kind, span.trace_id, span.parent_id)
    who = {name: span.resource[f"service.{name}"] for name in ("namespace", "name", "instance.id")}
    assert {"namespace": "sluice", "name": "sluice-embedder", "instance.id": "embedder-2"} == who
    assert "a,b" == collector.headers[0]["api-key"]


async def test_a_collector_that_is_away_holds_nobody_up() -> None:
    """Spans that cannot be sent are lost, and the process ends all the same."""
    async with traced({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, system="s", process="p") as tracer:
        assert tracer is not None
        tracer.join(None, "work", kind="server").end()
