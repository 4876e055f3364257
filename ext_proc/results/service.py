"""Everything between a bus and a socket, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bus.ports import Bus
from ext_proc.load.reports import Reports
from ext_proc.results.http.server import Parts, ResultsServer
from ext_proc.results.live.feed import Feed
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.sessions import Sessions
from ext_proc.results.live.topics import Topics
from ext_proc.results.meters import Meters
from ext_proc.results.past.page import Past
from ext_proc.results.past.pool import ReaderPool
from ext_proc.results.reader.anteroom import EVERY, Anteroom
from ext_proc.results.reader.prospects import Prospects
from ext_proc.results.reader.spending import Admission, no_tickets
from ext_proc.results.trust import Trust
from runtime.clock import Clock
from runtime.metrics import ResultsMetrics
from runtime.settings.edge import ResultsSettings
from runtime.tracing.tracer import Tracer

WAITING = 250  # readers of results that may wait for one reader of Kafka; past it 503, and they come back


@dataclass(frozen=True, slots=True, kw_only=True)
class Besides:
    """What a results server may know besides events.

    Attributes:
        admission: Tickets and renewals; without it there are none.
        reports: Takes what workers say of their load, where that is followed.
        prospects: What readers are told while their queries wait.
        every: Seconds between two looks at who waits.
        tracer: Traces what is delivered; the topics must keep what that needs.
    """

    admission: Admission | None = None
    reports: Reports | None = None
    prospects: Prospects | None = None
    every: float = EVERY
    tracer: Tracer | None = None


@asynccontextmanager
async def results(
    *,
    bus: Bus,
    topics: Topics,
    trust: Trust,
    settings: ResultsSettings,
    metrics: ResultsMetrics,
    clock: Clock,
    socket: str,
    besides: Besides = Besides(),
) -> AsyncIterator[Feed]:
    """Serves results on a unix socket while the context is open; gives the feed, which knows when all is ready."""
    admission = besides.admission or Admission(sessions=Sessions(topic="", tiers=(), clock=clock), spend=no_tickets)
    hub = Hub(topics=topics, history_bytes=settings.history_bytes, topic_bytes=settings.topic_bytes, trust=trust)
    pool = ReaderPool(bus=bus, readers=settings.readers, waiting=settings.readers * WAITING)
    feed = Feed(
        bus=bus,
        hub=hub,
        sessions=admission.sessions,
        topics=topics,
        metrics=metrics,
        clock=clock,
        reports=besides.reports,
    )
    anteroom = Anteroom(proofs=hub.proofs, prospects=besides.prospects, every=besides.every)
    past = Past(pool, headers=topics.headers)
    meters = Meters(metrics, topics.streamed)
    parts = Parts(
        hub=hub,
        past=past,
        trust=trust,
        meters=meters,
        settings=settings,
        clock=clock,
        admission=admission,
        anteroom=anteroom,
        ready=feed.wait_ready,
        tracer=besides.tracer,
    )
    async with pool.running(), feed.running(), anteroom.running(), ResultsServer(parts).serving(socket):
        yield feed
