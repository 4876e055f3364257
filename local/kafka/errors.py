"""What can go wrong with the local Kafka.

```
LocalKafkaError
├── JarsUnavailable    the jars could not be fetched, or are not what the lock file says
├── PortTaken          something else listens where the broker should
└── BrokerFailed       the broker died, or did not answer in time
```
"""

from pathlib import Path


class LocalKafkaError(Exception):
    """Anything that the local Kafka reports."""


class JarsUnavailable(LocalKafkaError):
    """A jar could not be fetched, or its hash differs from the lock file's."""

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(f"cannot get {name} for the local Kafka: {reason}")
        self.name = name
        self.reason = reason


class PortTaken(LocalKafkaError):
    """Another process listens on the port."""

    def __init__(self, *, port: int) -> None:
        super().__init__(f"port {port} is in use; the local Kafka cannot listen there")
        self.port = port


class BrokerFailed(LocalKafkaError):
    """The broker died or did not answer; `tail` holds the last lines of its log."""

    def __init__(self, *, what: str, log: Path, tail: str) -> None:
        super().__init__(f"the local Kafka {what}; the end of {log}:\n{tail}")
        self.what = what
        self.log = log
        self.tail = tail
