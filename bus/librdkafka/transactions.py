"""The transactions."""

from bus.kafka.transactions import KafkaTransactions as LibrdkafkaTransactions

__all__ = ["LibrdkafkaTransactions"]
