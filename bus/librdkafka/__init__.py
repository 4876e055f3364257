"""The bus on Kafka, by librdkafka through confluent-kafka, which nothing outside this folder imports."""

from bus.librdkafka.bus import LibrdkafkaBus

__all__ = ["LibrdkafkaBus"]
