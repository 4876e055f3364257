"""Which topics a results server follows, and what it must keep of their records, by what its routes ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """What is followed.

    Attributes:
        events: Topics of which some route follows a key.
        whole: Topics that some route follows whole.
        proofs: Topics whose records prove that a key exists.
        shared: Of those, the ones that prove a key to whoever asks, and not to its owner alone.
        unsigned: Of those, the ones that prove it without a signature.
        headers: By topic, the headers that some route's condition reads.
        sessions: The topic of spent tickets and renewals; empty for none.
        load: The topic in which workers say how much waits for them; empty for none.
    """

    events: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    proofs: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    unsigned: frozenset[str] = frozenset()
    headers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sessions: str = ""
    load: str = ""

    def keeping(self, header: str) -> "Topics":
        """As these, with one more header kept of the events of a key."""
        kept = {topic: self.headers.get(topic, frozenset()) | {header} for topic in self.events}
        return replace(self, headers={**self.headers, **kept})

    @property
    def streamed(self) -> frozenset[str]:
        """Those whose records are events."""
        return self.events | self.whole

    @property
    def all(self) -> frozenset[str]:
        """Each once."""
        return self.streamed | self.proofs | {topic for topic in (self.sessions, self.load) if topic}
