"""Which adapter of Kafka a process uses, as gateway.yaml chooses."""

from bus.ports import Bus
from runtime.settings.kafka import Client, KafkaSettings


def bus_for(settings: KafkaSettings, client: Client) -> Bus:
    """The bus on that client library; the other one is not loaded."""
    if client == "librdkafka":
        from bus.librdkafka.bus import LibrdkafkaBus  # noqa: PLC0415 - a process pays for one client

        return LibrdkafkaBus(settings)
    from bus.kafka.bus import KafkaBus  # noqa: PLC0415

    return KafkaBus(settings)
