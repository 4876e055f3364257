"""Whether gateway.yaml can be used, without using it."""

from typing import Any

from bus.records import Receipt, Record
from ext_proc.build import build
from ext_proc.registry import discover
from ext_proc.services import services_for
from runtime.metrics import GatewayMetrics, Registry
from runtime.settings.gateway import Gateway
from runtime.settings.load import load_with_source


def check(file: str | None) -> Gateway:
    """Loads the file and builds every chain, exactly as a processor does at start.

    Raises:
        ConfigError: With everything that is wrong.
    """
    gateway, source = load_with_source(file)
    build(
        services_for(gateway, producer=_NoProducer(), metrics=GatewayMetrics(Registry())),
        plugins=discover(),
        source=source,
    )
    return gateway


class _NoProducer:
    """Stands where a producer would: checking writes nothing."""

    def send(self, record: Record) -> Any:
        """Never called."""
        raise NotImplementedError

    async def put(self, record: Record) -> Receipt:
        """Never called."""
        raise NotImplementedError

    async def flush(self) -> None:
        """Never called."""
        raise NotImplementedError
