"""Which adapter of Kafka a process uses, as gateway.yaml chooses."""

from bus.ports import Bus
from runtime.settings.kafka import Client, KafkaSettings


def bus_for(settings: KafkaSettings, client: Client) -> Bus:  # noqa: ARG001
    """The bus on that client library; the other one is not loaded."""
    from bus.kafka.bus import KafkaBus  # noqa: PLC0415  # a process pays for one client

    return KafkaBus(settings)
