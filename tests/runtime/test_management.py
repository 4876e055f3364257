"""A process says how it is, on a port of its own."""

from aiohttp import ClientSession

from runtime.management import Management
from runtime.metrics import GatewayMetrics, Registry


async def test_readiness_names_what_is_not_ready() -> None:
    """/readyz is 503 until every check is true, and names each."""
    state = {"topics": False}
    management = Management(registry=Registry(), checks={"topics": lambda: state["topics"]})
    async with management.serving(address="127.0.0.1", port=0), ClientSession() as client:
        url = f"http://127.0.0.1:{management.port}"
        async with client.get(f"{url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (503, {"topics": False})
        state["topics"] = True
        async with client.get(f"{url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"topics": True})
        async with client.get(f"{url}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_metrics_are_in_prometheus_text() -> None:
    """/metrics has what was counted, and what the process uses."""
    registry = Registry()
    GatewayMetrics(registry).streams.set(3)
    management = Management(registry=registry, checks={})
    async with management.serving(address="127.0.0.1", port=0), ClientSession() as client:
        answer = await client.get(f"http://127.0.0.1:{management.port}/metrics")
        page = await answer.text()
    assert answer.headers["content-type"].startswith("text/plain")
    assert "gateway_processor_streams 3.0" in page
    assert "process_resident_memory_bytes" in page
