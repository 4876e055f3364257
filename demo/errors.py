"""What a client of a Sluice can meet.

```
ClientError
├── Unreachable    nothing answers at the address
├── Refused        the gateway answered with a problem
├── StreamLost     a result stream broke, and could not be taken up again
├── LineTooLong    a stream sends a line without end
├── ProfileUnknown the demo does not speak that contract
├── LoadUnspoken   a load was asked for in a contract that its callers do not speak
└── StandInMissing a load was asked for, and a real model would be paid for it
```
"""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """Anything that a client reports."""


class Unreachable(ClientError):
    """Nothing answers."""

    def __init__(self, *, url: str) -> None:
        super().__init__(f"nothing answers at {url}; is it running? `make demo` starts it")
        self.url = url


class Refused(ClientError):
    """The gateway said no. `problem` is what it said (RFC 9457); `retry_after` is in seconds."""

    def __init__(self, *, status: int, problem: Mapping[str, Any], retry_after: float | None = None) -> None:
        details = (f"{item.get('pointer')} {item.get('detail')}" for item in problem.get("errors", ()))
        said = "; ".join(filter(None, (str(problem.get("detail") or problem.get("title") or ""), *details)))
        super().__init__(f"refused with {status}: {said}" if said else f"refused with {status}")
        self.status = status
        self.problem = problem
        self.retry_after = retry_after


class StreamLost(ClientError):
    """The stream broke as often as is allowed, without a word between."""

    def __init__(self, *, query_id: str, attempts: int) -> None:
        super().__init__(f"the stream of {query_id} broke {attempts} times in a row")
        self.query_id = query_id
        self.attempts = attempts


class LineTooLong(ClientError):
    """A line of a stream is longer than anything that makes sense; whoever sends it is no Sluice."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"a line of the stream is longer than {limit} bytes")
        self.limit = limit


class ProfileUnknown(ClientError):
    """PROFILE names no contract."""

    def __init__(self, *, name: str, known: Sequence[str]) -> None:
        super().__init__(f"PROFILE={name} is none; there are {', '.join(known)}")
        self.name = name
        self.known = known


class LoadUnspoken(ClientError):
    """The callers of a load speak the native contract alone."""

    def __init__(self, *, profile: str) -> None:
        super().__init__(f"LOAD=1 does not speak the contract of PROFILE={profile}: leave one of them out")
        self.profile = profile


class StandInMissing(ClientError):
    """A load asks its questions of the stand-in alone."""

    def __init__(self) -> None:
        super().__init__("LOAD=1 is for the stand-in model: unset ANTHROPIC_API_KEY, or leave LOAD out")
