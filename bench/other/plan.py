"""Which other gateway is measured, and how much."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.address import Address
from bench.gateways import Variant
from bench.plan import ROUNDS, SECONDS, VARIANTS
from bench.plan import Plan as Measures

STREAMS = 200
KEY = "{key}"
"""In the URL of a stream: the place of a key, another one in each stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A gateway that somebody runs on this machine.

    Attributes:
        post: The URL that takes its POSTs; empty for none.
        sse: The URL of its streams, with the place of a key or without; empty for none.
        pids: Its processes; their descendants count too.
        token: What it is sent as a bearer token; empty for none.
        body: What it is posted.
        kafka: The broker whose topic its streams follow; empty where nobody shall write events.
        topic: That topic.
        owner: What `user-id` says in the headers of those records.
        streams: Open at once.
        measures: How long and how often, and which of our gateways beside it.
    """

    post: str = ""
    sse: str = ""
    pids: tuple[int, ...] = ()
    token: str = field(default="", repr=False)
    body: bytes = b"{}"
    kafka: str = ""
    topic: str = ""
    owner: str = ""
    streams: int = STREAMS
    measures: Measures = field(default_factory=Measures)

    @property
    def name(self) -> str:
        """What the table calls it: one name, also where its streams are at another address than its POSTs."""
        return f"at {Address.of(self.post or self.sse).host_header}"

    @classmethod
    def told(cls, arguments: Sequence[str] | None, *, environ: Mapping[str, str] = os.environ) -> "Plan":
        """The plan that the environment asks for, which `make bench-peer NAME=value` fills; a token is in no argument."""
        parser = argparse.ArgumentParser(prog="python -m bench.other", description=cls.__doc__, epilog=_HELP)
        whole = Measures()
        add = parser.add_argument
        add("--seconds", type=float, default=environ.get(SECONDS) or whole.seconds, help=f"of each slice ({SECONDS})")
        add("--rounds", type=int, default=environ.get(ROUNDS) or whole.rounds, help=f"of alternation ({ROUNDS})")
        add("--rate", type=float, default=whole.rate, help="the fixed rate, in POSTs a second")
        add("--streams", type=int, default=environ.get("STREAMS") or STREAMS, help="open at once (STREAMS)")
        add("--variants", nargs="*", type=Variant.spelled, default=tuple(map(Variant.spelled, VARIANTS)))
        told = parser.parse_args(arguments)
        try:
            pids = tuple(int(text) for text in environ.get("PID", "").split(",") if text.strip())
            body = Path(environ["BODY"]).read_bytes() if environ.get("BODY") else b"{}"
        except (ValueError, OSError) as error:
            parser.error(f"PID or BODY: {error}")
        if not pids or not (environ.get("POST") or environ.get("SSE")):
            parser.error("PID, and POST or SSE, say what is measured")
        named = {name: environ.get(name.upper(), "") for name in ("post", "sse", "token", "kafka", "topic", "owner")}
        measures = Measures(
            seconds=told.seconds, rounds=told.rounds, rate=told.rate, variants=tuple(told.variants), document=None
        )
        return cls(**named, pids=pids, body=body, streams=told.streams, measures=measures)


_HELP = (
    "The environment says which: POST, SSE, PID=1,2, TOKEN, BODY=file; for events on its streams also"
    " KAFKA=host:port, TOPIC and OWNER."
)
