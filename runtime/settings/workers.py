"""How the stages run."""

from pydantic import Field, PositiveInt

from runtime.settings.base import Seconds, Section


class RetrySettings(Section):
    """Backoff for what may pass: full jitter between `first` and `longest`, doubling."""

    attempts: PositiveInt = Field(default=8, description="tries until the record is given up")
    first: Seconds = 0.2
    longest: Seconds = 30.0


class StageSettings(Section):
    """One stage."""

    group: str
    concurrency: PositiveInt = Field(default=64, description="records in work at once; past it fetching stops")
    retry: RetrySettings = RetrySettings()


class WorkersSettings(Section):
    """All stages."""

    embedder: StageSettings = StageSettings(group="sluice.embedder", concurrency=256)
    retriever: StageSettings = StageSettings(group="sluice.retriever", concurrency=16)
    generator: StageSettings = StageSettings(group="sluice.generator")
    delta_interval: Seconds = Field(default=0.05, description="text is gathered at most this long before it is written")
    drain: Seconds = Field(default=10.0, description="seconds that a stopping worker may finish what it began")
