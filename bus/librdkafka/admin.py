"""The admin."""

from bus.kafka.admin import KafkaAdmin as LibrdkafkaAdmin

__all__ = ["LibrdkafkaAdmin"]
