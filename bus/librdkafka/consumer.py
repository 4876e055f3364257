"""The consumer."""

from bus.kafka.consumer import KafkaConsumer as LibrdkafkaConsumer

__all__ = ["LibrdkafkaConsumer"]
