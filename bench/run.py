"""One run: starts everything once, and measures one thing after another."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.answers.measure import measure as answer_figures
from bench.contenders import PEER, PROCESSOR, peer, running, sluice
from bench.figures import Figures
from bench.plan import ANSWERS, POSTS, QUESTIONS, STREAMS, Plan
from bench.posts import Round, Say, alternate
from bench.processes import Memory, load_average, memory
from bench.questions import WARM, first_deltas, load_library
from bench.streams.contenders import RESULTS
from bench.streams.measure import measure as stream_figures
from local.commands import ENVOY, STAND_IN, WORKERS
from local.system import KAFKA, System

# The stand-in always: a bill, and somebody else's latency, are not what is measured.
ENVIRON: Mapping[str, str] = {"ANTHROPIC_API_KEY": "", "ANTHROPIC_BASE_URL": "", "SLUICE_PROCESSORS": "1"}


async def measure(plan: Plan, *, say: Say) -> Figures:
    """Everything, on a system of its own that is gone afterwards.

    Raises:
        BenchError: Something could not be measured.
        LocalError: The system does not start.
    """
    load = load_average()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        say("starting Kafka, Envoy and the processes of Sluice")
        async with System(Path(home), environ=ENVIRON) as system:
            return await _measure(system, plan, load=load, say=say)


async def _measure(system: System, plan: Plan, *, load: float, say: Say) -> Figures:
    rest = _held(system, (*system.names, KAFKA))
    questions = await _questions(system, plan, say=say) if QUESTIONS in plan.only else {}
    # From here on nobody must work on what is posted: the cores are for what is measured.
    for worker in (*WORKERS, STAND_IN):
        await system.stop(worker)
    answers = await answer_figures(system, plan, say=say) if ANSWERS in plan.only else None
    streams = await stream_figures(system, plan, say=say) if STREAMS in plan.only else None
    posts: Mapping[str, Sequence[Round]] = {}
    after: Mapping[str, Memory] = {}
    if POSTS in plan.only:
        async with peer(system) as other:
            rest[PEER] = memory(other.pids[PEER])
            posts = await alternate((sluice(system), other), plan, say=say)
            after = _held(system, (ENVOY, PROCESSOR, RESULTS, KAFKA)) | {PEER: memory(other.pids[PEER])}
    return Figures(
        rest=rest,
        after=after,
        questions=questions,
        answers=answers,
        streams=streams,
        posts=posts,
        load=(load, load_average()),
    )


async def _questions(system: System, plan: Plan, *, say: Say) -> dict[int, list[float]]:
    say("questions")
    await load_library(system)
    await first_deltas(system, count=WARM, at_once=1)
    return {at_once: await first_deltas(system, count=plan.questions, at_once=at_once) for at_once in (1, plan.at_once)}


def _held(system: System, names: Iterable[str]) -> dict[str, Memory]:
    return {name: memory(running(system, name)) for name in names}
