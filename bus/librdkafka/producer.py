"""The producer."""

from bus.kafka.producer import KafkaProducer as LibrdkafkaProducer

__all__ = ["LibrdkafkaProducer"]
