"""What a route says of the streams, or the states, it leads to. The processor obeys it for each reader, the results server for all."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, model_validator

from runtime.settings.base import Seconds, Section


class FilterSettings(Section):
    """One condition: the record has the header once, and its value is as one of the other three says."""

    header: Annotated[str, Field(min_length=1)]
    """The header's name, exactly."""

    equals: str | None = None
    """The value; a template."""

    one_of: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(default=None, alias="in")
    """The values; templates."""

    tier_at_least: bool = False
    """The value is the name of a tier, and the reader's tier is that one or a higher one."""

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if (self.equals is not None) + (self.one_of is not None) + self.tier_at_least != 1:
            msg = "exactly one of equals, in and tier_at_least is needed"
            raise ValueError(msg)
        return self


class ResultsSettings(Section):
    """What is followed, and what of it is shown."""

    topic: str
    """One of `topics`."""

    key: str | None = None
    """The record key that is followed; a template. Left out, or null: every key of every partition."""

    partition_key: str | None = None
    """What chose the key's partition, where that is not the key; a template."""

    known_by: str | None = None
    """A topic whose records prove that a key exists."""

    missing: Literal["not-found", "wait"] = "not-found"
    """For a key that a client chose and nobody has seen; an issued id is waited for."""

    unseen: Seconds = 60.0
    """Seconds after which a stream of a key that still nobody has written is ended with `error`; 0 is never."""

    owner: bool = True
    """Show only records whose `user-id` header is the reader."""

    signed: bool = True
    """Show only records that Sluice has signed."""

    filters: tuple[FilterSettings, ...] = ()
    """Conditions on the record's headers; all of them must hold."""

    start: Literal["earliest", "latest"] = "earliest"
    """Where a reader begins who brings no id and, unless the key is an issued id, no `?since=`."""

    only: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Names of the events that are shown, the server's own included; none named, all are."""

    named: bool = True
    """Events carry their names; else all are what EventSource calls `message`."""

    ends: bool = True
    """The stream of a key ends after `done`, `error` or `cancelled`; that of a whole topic never does."""

    challenge: bool = False
    """Ask for a fresh token by an event `challenge`, named and shown whatever else is, in place of `auth_expiring`."""


class StatusSettings(Section):
    """Whose state is told, and how it is known."""

    topic: str
    """One of `topics`: where the events are that make up the state."""

    key: str
    """The record key of the query; a template."""

    known_by: str
    """A topic whose records prove that a query was asked."""

    answers: str | None = None
    """A topic that keeps final results, under the same key, for longer than `topic` does."""

    wait: NonNegativeInt = 60
    """The longest wait, in seconds, that `Prefer: wait` gets; 0 is none. Below edge.stream_idle."""

    def stream(self) -> ResultsSettings:
        """The stream whose events make up the state."""
        return ResultsSettings(topic=self.topic, key=self.key, known_by=self.known_by)
