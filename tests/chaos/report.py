"""A run in figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.evidence import Evidence
from tests.chaos.plan import Round

SHOWN = 40  # violations; where there are more, they mostly say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened, and what of it contradicts a claim."""

    seed: int
    rounds: Sequence[Round]
    seconds: Mapping[str, float]
    figures: Mapping[str, object]
    violations: Sequence[str]

    def __str__(self) -> str:
        """For people."""
        lines = [
            f"seed {self.seed}, {len(self.rounds)} rounds",
            *(f"  {number:3} {round_}" for number, round_ in enumerate(self.rounds, 1)),
            *(f"{name}: {value}" for name, value in self.figures.items()),
            "seconds: " + ", ".join(f"{name} {value:.1f}" for name, value in self.seconds.items()),
            *(f"VIOLATED {what}" for what in self.violations[:SHOWN]),
            f"{len(self.violations)} violations; again with SEED={self.seed} ROUNDS={len(self.rounds)}",
        ]
        return "\n".join(lines)


def figures(found: Evidence) -> Mapping[str, object]:
    """What there was to account for."""
    streams = found.streams.values()
    declared = sum(stream.calls for stream in streams)
    begun = sum(found.calls.get(question, 0) for question in found.keys_of)
    queries = found.log["rag.queries"]
    return {
        "posts of queries by status": _counted(found.sent.statuses),
        "queries accepted": f"{found.sent.accepted} of {len(found.sent.queries)}",
        "answers that said replayed": sum(accepted.replayed for _, accepted in found.accepted()),
        "records on rag.queries": f"{len(queries)} of {len(found.questions)} keys",
        "keys on rag.queries without any 202": len(
            found.questions.keys() - {found.key(a) for _, a in found.accepted()}
        ),
        "records on rag.contexts": len(found.log["rag.contexts"]),
        "ends": _counted(Counter(stream.ended or "none" for stream in streams)),
        "errors": _counted(Counter(stream.last["type"] for stream in streams if stream.ended == "error")),
        "resets": _counted(sum((stream.resets for stream in streams), Counter[str]())),
        "events after an end, which no client sees": sum(stream.stale for stream in streams),
        "calls of the model": f"{begun} begun, {declared} declared",
        "declared calls that never left": max(0, declared - begun),
        "chunks accepted": f"{len(found.sent.chunks)}, by status {_counted(found.sent.chunk_statuses)}",
        "dead letters": _counted(Counter(reason for reasons in found.letters.values() for reason in reasons)),
        "readers": f"{len(found.readers)}, which came back {_returns(found)} times, answered {_connections(found)}",
    }


def _returns(found: Evidence) -> int:
    return sum(sum(one.reader.statuses.values()) - 1 for one in found.readers)


def _connections(found: Evidence) -> str:
    return _counted(sum((one.reader.statuses for one in found.readers), Counter[int]()))


def _counted(counts: Counter[str] | Counter[int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda one: str(one[0]))) or "none"
