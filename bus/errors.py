"""What can go wrong on the bus.

```
BusError
├── BusFull            the caller may wait or refuse: too much is in flight
├── BusUnavailable     the operator must act, or time must pass: no broker answers
├── BusRefused         the operator must act: a broker answered no, for want of rights or for its configuration
├── DeliveryFailed     one record was not acknowledged in time, or was refused
├── OffsetOutOfRange   the offset asked for is no longer (or not yet) held
├── CommitLost         the partition now belongs to another member of the group, or the name to another writer
├── Undecided          the caller must look: a transaction was committed or was not
├── GroupActive        a group cannot be changed while it has members
├── TopicMismatch      a topic exists with settings that the configuration contradicts
└── UnknownTopic       nobody has created the topic
```
"""

from bus.records import Partition


class BusError(Exception):
    """Anything that the bus reports."""


class BusFull(BusError):
    """As many records are in flight as are allowed."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"{limit} records are in flight, which is the limit")
        self.limit = limit


class BusUnavailable(BusError):
    """No broker answered."""

    def __init__(self, *, doing: str) -> None:
        super().__init__(f"Kafka did not answer while {doing}")
        self.doing = doing


class BusRefused(BusError):
    """A broker answered, and the answer was no; the same request will not do better."""

    def __init__(self, *, doing: str, reason: str) -> None:
        super().__init__(f"Kafka refused while {doing}: {reason}")
        self.doing = doing
        self.reason = reason


class DeliveryFailed(BusError):
    """A record was not acknowledged by all in-sync replicas.

    `retriable` says whether the same record may succeed later (a timeout) or never will (too large).
    """

    def __init__(self, *, topic: str, reason: str, retriable: bool) -> None:
        super().__init__(f"a record for {topic} was not acknowledged: {reason}")
        self.topic = topic
        self.reason = reason
        self.retriable = retriable


class OffsetOutOfRange(BusError):
    """The partition does not hold that offset; `earliest` is the first one that it holds."""

    def __init__(self, *, partition: Partition, offset: int, earliest: int) -> None:
        super().__init__(f"{partition.topic}[{partition.number}] starts at {earliest}, not at {offset}")
        self.partition = partition
        self.offset = offset
        self.earliest = earliest


class CommitLost(BusError):
    """Nothing was committed, because the group has moved on, or another writer has the name of this one."""

    def __init__(self, *, group: str = "", writer: str = "") -> None:
        reason = f"another writer named {writer} has come" if writer else f"group {group} was rebalanced"
        super().__init__(f"{reason} before the commit")
        self.group = group
        self.writer = writer


class Undecided(BusError):
    """Kafka went away while it committed a transaction, which it did wholly or not at all."""

    def __init__(self, *, writer: str) -> None:
        super().__init__(f"Kafka did not say whether it committed a transaction of {writer}")
        self.writer = writer


class GroupActive(BusError):
    """The group has members, who would go on from where they are."""

    def __init__(self, *, group: str) -> None:
        super().__init__(f"group {group} has members; stop them first")
        self.group = group


class TopicMismatch(BusError):
    """A topic exists, but not as configured."""

    def __init__(self, *, topic: str, setting: str, expected: str, found: str) -> None:
        super().__init__(f"topic {topic}: {setting} is {found} on the broker, but {expected} in the configuration")
        self.topic = topic
        self.setting = setting
        self.expected = expected
        self.found = found


class UnknownTopic(BusError):
    """There is no such topic, or no such partition of it."""

    def __init__(self, *, topic: str) -> None:
        super().__init__(f"there is no topic {topic}")
        self.topic = topic
