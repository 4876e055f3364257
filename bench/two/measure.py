"""Two processors, two results servers and two workers of each stage, under a load that is known."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from bench.body import TIER
from bench.capacity.check import Check
from bench.children import running
from bench.processes import CpuMeter
from bench.questions import WARM, asked, followed, load_library
from bench.stats import p50
from bench.two.plan import Plan
from demo.client import Client
from demo.corpus.corpus import Corpus
from demo.questions import FACTS
from local.commands import ENVOY, STAND_IN
from local.system import KAFKA, System

ENVIRON: Mapping[str, str] = {
    "ANTHROPIC_API_KEY": "",
    "ANTHROPIC_BASE_URL": "",
    "SLUICE_PROCESSORS": "2",
    "SLUICE_RESULTS": "2",
    "SLUICE_EMBEDDERS": "2",
    "SLUICE_RETRIEVERS": "2",
    "SLUICE_GENERATORS": "2",
}
SETTLE_SECONDS = 3.0

T = TypeVar("T")
Say = Callable[[str], None]


async def measure(plan: Plan, *, say: Say) -> Check:
    """The load, on a system of its own that is gone afterwards.

    Raises:
        BenchError: A question was not answered.
        LocalError: The system does not start.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        say("starting two of everything")
        async with System(Path(home), environ=ENVIRON) as system:
            say("the library")
            nothing = dict.fromkeys((*system.names, KAFKA), 0.0)
            await load_library(system, idle=nothing)
            await asked(system, count=WARM, at_once=2, idle=nothing)
            await asyncio.sleep(SETTLE_SECONDS)
            say(f"{plan.queries:g} questions and {plan.chunks:g} chunks a second, for {plan.seconds:g} s")
            return await _load(system, plan)


async def _load(system: System, plan: Plan) -> Check:
    meter, start = CpuMeter(_pids(system)), time.monotonic()
    async with Client(system.public_url, token=system.keys.signing.mint(tier=TIER, sub="bench")) as client:
        questions = round(plan.seconds * plan.queries)
        chunks, library = round(plan.seconds * plan.chunks), Corpus.read().chunks()
        found, _ = await asyncio.gather(
            _paced(questions, plan.queries, lambda n: followed(client, FACTS[n % len(FACTS)].question)),
            _paced(chunks, plan.chunks, lambda n: client.publish(_again(library[n % len(library)], n))),
        )
    await asyncio.sleep(SETTLE_SECONDS)  # for the embedders to be done with the last chunks
    seconds, spent = time.monotonic() - start, meter.read()
    return Check(
        seconds=round(seconds, 1),
        queries=round(questions / seconds, 3),
        chunks=round(chunks / seconds, 3),
        events=round(sum(one.events for one in found) / questions, 1),
        cores={part: round(sum(spent[name] for name in names) / seconds, 4) for part, names in _parts(system).items()},
        answered_ms=round(p50([one.first for one in found]), 1),
    )


async def _paced(count: int, rate: float, call: Callable[[int], Awaitable[T]]) -> list[T]:
    """What each call comes to; they begin by the clock."""
    start, tasks = time.monotonic(), list[asyncio.Future[T]]()
    for number in range(count):
        await asyncio.sleep(max(start + number / rate - time.monotonic(), 0.0))
        tasks.append(asyncio.ensure_future(call(number)))
    return list(await asyncio.gather(*tasks))


def _again(chunk: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A chunk of the library under another name, and with another text, so that it has to be embedded."""
    return {**chunk, "doc_id": f"again-{number}", "text": f"{chunk['text']} {number}"}


def _pids(system: System) -> dict[str, int]:
    return {name: running(system, name) for names in _parts(system).values() for name in names}


def _parts(system: System) -> dict[str, list[str]]:
    """The names of the processes of each part; the stand-in is none of ours."""
    parts: dict[str, list[str]] = {}
    for name in (*system.names, KAFKA):
        if name != STAND_IN:
            kind = {KAFKA: "broker", ENVOY: "envoy"}.get(name, name.partition("-")[0])
            parts.setdefault(kind, []).append(name)
    return parts
