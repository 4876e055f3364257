"""The tail."""

from bus.kafka.tail import KafkaTail as LibrdkafkaTail

__all__ = ["LibrdkafkaTail"]
