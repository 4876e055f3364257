"""Counting what happens to the streams of a topic, with each label looked up once."""

from collections.abc import Collection

from runtime.metrics import ResultsMetrics

# A name comes from a record's header, so that anyone who may write to the topic could make a label of it.
_NAMES = frozenset(
    "queued retrieved delta citation usage done error cancelled reset gap auth_expiring challenge reconnect delete message".split()  # noqa: SIM905 - a table to read
)
OTHER = "other"


class TopicMeters:
    """The metrics of one topic."""

    def __init__(self, metrics: ResultsMetrics, topic: str) -> None:
        self._metrics = metrics
        self._topic = topic
        self._sent = {name: metrics.sent.labels(topic, name) for name in (*sorted(_NAMES), OTHER)}
        self._delivery = metrics.delivery.labels(topic)
        self.open = metrics.open.labels(topic)
        self.asking = metrics.asking.labels(topic)
        self.slow = metrics.slow.labels(topic)
        self.replays = metrics.replays.labels(topic)
        self.replay = metrics.replay.labels(topic)

    def sent(self, name: str) -> None:
        """An event was written."""
        (self._sent.get(name) or self._sent[OTHER]).inc()

    def delivered(self, milliseconds: int) -> None:
        """A live record was written so long after its timestamp."""
        self._delivery.observe(max(0, milliseconds) / 1000)

    def answered(self, code: int) -> None:
        """A request was answered."""
        self._metrics.opened.labels(self._topic, str(code)).inc()

    def told(self, code: int) -> None:
        """A question after the state of a key was answered."""
        self._metrics.told.labels(self._topic, str(code)).inc()


class Meters:
    """The metrics of every followed topic; of any other, under one name."""

    def __init__(self, metrics: ResultsMetrics, topics: Collection[str]) -> None:
        self._topics = {topic: TopicMeters(metrics, topic) for topic in topics}
        self._other = TopicMeters(metrics, OTHER)

    def of(self, topic: str) -> TopicMeters:
        """The topic's."""
        return self._topics.get(topic, self._other)
