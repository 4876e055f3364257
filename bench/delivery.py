"""From a record in `rag.results` to the bytes of its event at a client's socket, through the results server and Envoy."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bench.body import TIER, callers
from bench.contenders import running
from bench.errors import Unmeasured
from bench.helper import Helper
from bench.http1 import request
from bench.processes import CpuMeter
from bench.stats import per_thousand
from bench.watching import WatchJob, WatchResult
from bus.kafka.bus import KafkaBus
from bus.ports import Producer
from bus.records import Record
from demo.client import Client
from local.commands import ENVOY
from local.ports import PUBLIC
from local.system import System
from schemas.envelope import Caller, Envelope
from schemas.events import Delta, event_type
from schemas.signature import Signer

TOPIC = "rag.results"
RESULTS = "results-0"
TEXT = "and the water lifts the boat, "

_ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A question that nobody answers, and its stream."""

    subject: str
    key: bytes
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One slice.

    Attributes:
        latencies: Milliseconds from before a record was handed to the producer to its bytes at the client's socket.
        cpu: CPU seconds for 1000 events of the results server and of Envoy.
    """

    streams: int
    latencies: Sequence[float]
    cpu: dict[str, float]


async def deliver(system: System, *, streams: int, seconds: float, rate: float) -> Delivery:
    """Opens streams for as many questions and writes one small event after the other, to each stream in turn.

    The workers have to be stopped: they would answer.

    Raises:
        Unmeasured: An event did not come, or came twice.
    """
    watched = await _questions(system, streams)
    job = WatchJob(port=system.ports[PUBLIC], requests=[one.request for one in watched])
    count = max(round(seconds * rate), 1)
    signer = Signer(system.gateway.keys.records.get_secret_value())
    async with Helper("bench.watch", job) as helper, KafkaBus(system.gateway.kafka).producer() as producer:
        meter = CpuMeter({name: running(system, name) for name in (RESULTS, ENVOY)})
        await _write(producer, watched, count=count, rate=rate, signer=signer)
        result = WatchResult(**await helper.go(count))
        cpu = {name: per_thousand(spent, count) for name, spent in meter.read().items()}
    if result.lost or len(result.latencies) != count:
        reason = f"{len(result.latencies)} of {count} events came, and {result.lost} streams were lost"
        raise Unmeasured(what=f"delivery to {streams} streams", reason=reason)
    return Delivery(streams=streams, latencies=result.latencies, cpu=cpu)


async def _questions(system: System, count: int) -> list[Watched]:
    room, subjects = asyncio.Semaphore(_ASKED_AT_ONCE), callers()

    async def of(subject: str, number: int) -> list[Watched]:
        token = system.keys.signing.mint(tier=TIER, sub=subject)
        async with room, Client(system.public_url, token=token) as client:
            ids = [await client.ask("What is a weir?") for _ in range(number)]
        return [_watched(system, subject, query_id, token=token) for query_id in ids]

    each, more = divmod(count, len(subjects))
    asked = (of(subject, each + (n < more)) for n, subject in enumerate(subjects))
    return [one for some in await asyncio.gather(*asked) for one in some]


def _watched(system: System, subject: str, query_id: str, *, token: str) -> Watched:
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    text = request("GET", f"/results/{query_id}", host=f"127.0.0.1:{system.ports[PUBLIC]}", headers=headers)
    return Watched(subject=subject, key=query_id.encode(), request=text.decode("latin-1"))


async def _write(producer: Producer, watched: Sequence[Watched], *, count: int, rate: float, signer: Signer) -> None:
    loop, sending = asyncio.get_running_loop(), []
    start = loop.time()
    for number in range(count):
        await asyncio.sleep(start + number / rate - loop.time())
        record = _record(watched[number % len(watched)], number=number, signer=signer)
        sending.append(asyncio.ensure_future(producer.send(record)))
    await asyncio.gather(*sending)


def _record(to: Watched, *, number: int, signer: Signer) -> Record:
    now = time.time_ns()
    body = orjson.dumps({"text": TEXT, "sent": now})
    envelope = Envelope(
        id=f"bench-{number}",
        source="/sluice/bench",
        type=event_type(Delta.name),
        time=now // 1_000_000,
        caller=Caller(user_id=to.subject, tier=TIER),
    )
    headers = envelope.headers(topic=TOPIC, key=to.key, body=body, signer=signer)
    return Record(topic=TOPIC, key=to.key, value=body, headers=headers)
