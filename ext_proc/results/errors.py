"""Why a reader does not get a stream.

```
ResultsError
├── MalformedEventId    the client must change its request: that was never an id of ours
├── ForeignEventId      the client must change its request: an id, but not one of this stream
├── UnknownResult       nobody has heard of that id
├── Spent               the client needs another ticket
├── Finished            nothing is wrong: the client has had the last event
└── Busy                time must pass: too many streams or replays, or the process starts or stops
```

`NotFromGateway` (in `subscription`) stands apart: whoever sees it did not come through Envoy.
"""

from ext_proc.results.format.place import Place


class ResultsError(Exception):
    """Anything that keeps a stream from being opened."""


class MalformedEventId(ResultsError):
    """The text is not an event id."""

    def __init__(self, *, text: str) -> None:
        super().__init__(f"{text[:80]!r} is not an event id")
        self.text = text


class ForeignEventId(ResultsError):
    """The id is of another topic or partition than the stream, or lies beyond a partition's end."""

    def __init__(self, *, id: Place) -> None:  # noqa: A002 - an event id is called `id` on the wire and here
        super().__init__(f"{id} is not an event of this stream")
        self.id = id


class UnknownResult(ResultsError):
    """Neither the topic nor its proof has the key, and waiting did not help."""

    def __init__(self) -> None:
        super().__init__("the key is unknown")


class Spent(ResultsError):
    """Somebody else has used the ticket, or nobody can tell any more; `realm` is where another may be had."""

    def __init__(self, *, realm: str) -> None:
        super().__init__("the ticket is spent")
        self.realm = realm


class Finished(ResultsError):
    """The client has had the terminal event."""

    def __init__(self) -> None:
        super().__init__("the stream has ended, and the client has had its end")


class Busy(ResultsError):
    """There is no room, or not yet, or no longer."""

    def __init__(self, *, what: str) -> None:
        super().__init__(what)
        self.what = what
