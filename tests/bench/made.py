"""Figures of a run that nobody made, small enough to be checked by hand."""

from bench.answers.figures import WITH, WITHOUT, AnswerFigures, Spoken, Stint
from bench.bulk.figures import Upload
from bench.contenders import PEER
from bench.figures import Figures
from bench.keyed import Keyed
from bench.posts import Round
from bench.processes import Memory
from bench.questions import Asked
from bench.search import Search
from bench.slices import Slice
from bench.streams.contenders import PEER as STREAMS_PEER
from bench.streams.crowd import Spell
from bench.streams.figures import Idle, Load, StreamFigures

FAST, PLAIN = "native, librdkafka", "grpcio, kafka-python"


def slice_of(**cpu: float) -> Slice:
    """A slice with those microseconds."""
    named = {name.replace("_", "-"): spent for name, spent in cpu.items()}
    return Slice(rate=100.0, cpu=named, latencies=[2.0, 3.0], late=[0.1], generator=0.25)


def held(**megabytes: float) -> dict[str, Memory]:
    """By process."""
    return {name.replace("_", "-"): Memory(resident=size + 20.0, proportional=size) for name, size in megabytes.items()}


def spell(**cpu: float) -> Spell:
    """A thousand events in half a second."""
    named = {name.replace("_", "-"): spent for name, spent in cpu.items()}
    return Spell(events=1000, latencies=[2.0, 4.0], seconds=0.5, late=[0.1], cpu=named)


def stint(rate: float) -> Stint:
    """One round of a generator."""
    return Stint(rate=rate, cpu={"generator": 700.0, "kafka": 300.0}, ends=[10.0, 30.0], texts=[5.0, 8.0])


SLICE = slice_of(envoy=100.0, processor_0=200.0, kafka=50.0)
KEYED = Keyed(fresh=slice_of(envoy=100.0, processor_0=400.0, kafka=90.0), replayed=SLICE)
THEIRS = slice_of(it=600.0, kafka=60.0)
POSTS = {
    FAST: [Round(full=SLICE, fixed=SLICE)],
    PLAIN: [Round(full=SLICE, fixed=slice_of(envoy=200.0, processor_0=500.0, kafka=60.0), keyed=KEYED)],
    PEER: [Round(full=THEIRS, fixed=THEIRS)],
}
BULK = {
    FAST: [Upload(rate=9000.0, cpu={"envoy": 10.0, "processor-0": 40.0, "kafka": 5.0})],
    PEER: [Upload(rate=2000.0, cpu={"it": 600.0, "kafka": 60.0})],
}

OURS, OTHER = spell(envoy=0.05, processor_0=0.0, results_0=0.2), spell(**{STREAMS_PEER: 0.25})
OPENED = {"envoy": 0.5, "processor-0": 1.0, "results-0": 0.7}
STREAMS = StreamFigures(
    loads={
        Load(streams=1000, rate=2000.0): {PLAIN: [OURS], STREAMS_PEER: [OTHER]},
        Load(streams=1000, rate=50.0): {PLAIN: [spell(envoy=0.2, results_0=2.0)], STREAMS_PEER: [OTHER]},
    },
    bursts={PLAIN: [OURS], STREAMS_PEER: [OTHER]},
    burst_streams=1000,
    unwatched={PLAIN: [160.0, 180.0, 170.0], STREAMS_PEER: [240.0]},
    idle={
        PLAIN: Idle(
            before=held(envoy=100.0, processor_0=80.0, results_0=60.0),
            after=held(envoy=160.0, processor_0=80.0, results_0=80.0),
            cpu=OPENED,
            opened=1000,
            streams=1000,
        ),
        STREAMS_PEER: Idle(
            before=held(**{STREAMS_PEER: 50.0}),
            after=held(**{STREAMS_PEER: 60.0}),
            cpu={STREAMS_PEER: 0.5},
            opened=1000,
            streams=1000,
        ),
    },
)
REST = held(envoy=110.0, processor_0=80.0, results_0=60.0, embedder=200.0, retriever=205.0, generator=95.0, kafka=190.0)
EACH = dict.fromkeys(REST, 1000.0)

FIGURES = Figures(
    own=PLAIN,
    idle=dict.fromkeys(REST, 0.01),
    rest=REST,
    after=held(envoy=150.0),
    asked={
        1: Asked(firsts=[100.0], events=20.0, seconds=0.5, cpu=EACH),
        4: Asked(firsts=[200.0], events=20.0, seconds=0.6, cpu=EACH),
    },
    embedding={"embedder": 40_000.0, "retriever": 500.0, "kafka": 300.0},
    answers=AnswerFigures(
        stints={WITH: [stint(100.0), stint(300.0), stint(200.0)], WITHOUT: [stint(400.0)]}, calm=50.0
    ),
    spoken=[Spoken(answers=200, tokens=60.0, events=18.0, cpu={"generator": 9000.0, "kafka": 900.0})],
    streams=STREAMS,
    posts=POSTS,
    bulk=BULK,
    search=Search(chunks=1000, milliseconds=[2.0, 9.0], cpu=2000.0, filled=9000.0, opened=1.0),
    load=(0.5, 1.5),
)
