"""The reader."""

from bus.kafka.reader import KafkaReader as LibrdkafkaReader

__all__ = ["LibrdkafkaReader"]
