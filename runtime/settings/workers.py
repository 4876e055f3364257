"""How the stages run."""

from pydantic import PositiveInt

from runtime.settings.base import Seconds, Section


class RetrySettings(Section):
    """Backoff for what may pass: full jitter between `first` and `longest`, doubling."""

    attempts: PositiveInt = 8
    """Tries until the record is given up."""

    first: Seconds = 0.2
    """Seconds until the second try, at most."""

    longest: Seconds = 30.0
    """Seconds between two tries, at most."""


class StageSettings(Section):
    """One stage."""

    group: str
    """Its consumer group."""

    concurrency: PositiveInt = 64
    """Records in work at once."""

    window: PositiveInt = 10_000
    """Records read and not begun at most, among which tiers take turns; past it fetching stops."""

    window_bytes: PositiveInt = 64 * 1024 * 1024
    """Memory that they may take, about; past it fetching stops as well."""

    retry: RetrySettings = RetrySettings()
    """For what may pass."""


class WorkersSettings(Section):
    """All stages."""

    embedder: StageSettings = StageSettings(
        group="sluice.embedder", concurrency=256, window=1024, window_bytes=8 * 1024 * 1024
    )
    """Rag.chunks to rag.embeddings."""

    retriever: StageSettings = StageSettings(group="sluice.retriever", concurrency=16)
    """Rag.queries to rag.contexts."""

    generator: StageSettings = StageSettings(group="sluice.generator")
    """Rag.contexts to rag.results."""

    delta_interval: Seconds = 0.05
    """Text is gathered at most this long before it is written."""

    drain: Seconds = 10.0
    """Seconds that a stopping worker may finish what it began."""

    transactions: bool = True
    """Write what ends a record, and move its offset, in one transaction of Kafka's; off: one after the other."""

    load: str | None = None
    """The topic on which workers say how much waits for them. Absent: they do not, and nobody is told a position."""
