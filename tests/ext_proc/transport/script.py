"""A stream that does what its messages say, so that a transport's tests choose what it has to carry.

| message | |
|---|---|
| `say TEXT` | one answer, TEXT; more messages may follow |
| `end TEXT` | the same, and the stream has ended |
| `hear` | no answer |
| `many N SIZE` | N answers of SIZE bytes each, and the stream has ended |
| `hold NAME` | waits for the gate of that name, then ends as `end NAME` |
| `whose` | who called, as the transport knows, and the stream has ended |
| `crash` | raises an error that no transport knows |
| anything else | malformed |
"""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field

from ext_proc.wire import Malformed
from runtime.tracing.context import TraceContext

KEPT = 10_000
"""What is remembered of each kind, so that a server of millions of streams stays small."""


@dataclass(slots=True)
class Script:
    """What all streams of a server share: what they heard, and the gates that hold them."""

    heard: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT))
    gates: dict[bytes, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    held: set[bytes] = field(default_factory=set)
    cut: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT))

    def stream(self) -> "ScriptedStream":
        """A new stream."""
        return ScriptedStream(self)


class ScriptedStream:
    """One stream, as a transport knows it: `receive`, `ended` and what it is told of its caller."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.ended = False
        self.traced = True
        self.called_by: TraceContext | None = None

    def facts(self) -> dict[str, str]:
        """As `Stream.facts`."""
        return {}

    async def receive(self, message: bytes) -> tuple[bytes, ...]:
        """What the message says.

        Raises:
            Malformed: It says nothing that is known here.
        """
        self._script.heard.append(message)
        verb, _, rest = message.partition(b" ")
        match verb:
            case b"hear":
                return ()
            case b"say":
                return (rest,)
            case b"end":
                return self._end(rest)
            case b"many":
                count, size = map(int, rest.split())
                return self._end(*(b"%d" % (n % 10) * size for n in range(count)))
            case b"hold":
                return await self._hold(rest)
            case b"whose":
                context = self.called_by
                return self._end(f"{context.parent} {context.state}".encode() if context else b"nobody")
            case b"crash":
                raise RuntimeError("as told")
        raise Malformed("a message that says nothing")

    def _end(self, *answers: bytes) -> tuple[bytes, ...]:
        self.ended = True
        return answers

    async def _hold(self, name: bytes) -> tuple[bytes, ...]:
        self._script.held.add(name)
        try:
            await self._script.gates[name].wait()
        except asyncio.CancelledError:
            self._script.cut.append(name)
            raise
        finally:
            self._script.held.discard(name)
        return self._end(name)
