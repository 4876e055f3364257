"""Bulk uploads to each gateway, in turn with single POSTs to the peer."""

from collections.abc import Awaitable, Callable, Sequence

from bench.body import CHUNKS, TIER, bodies
from bench.bulk.figures import Upload
from bench.bulk.job import UploadJob, UploadResult
from bench.contenders import Contender
from bench.errors import Unmeasured
from bench.helper import Helper
from bench.http1 import request
from bench.job import LoadJob
from bench.plan import Plan
from bench.processes import CpuMeter
from bench.slices import taken
from bench.stats import micros
from local.tokens import SigningKey

WARM_RECORDS = 2000

Say = Callable[[str], None]


async def alternate(
    gateways: Sequence[Contender], peer: Contender, plan: Plan, *, signing: SigningKey, say: Say
) -> dict[str, list[Upload]]:
    """The rounds of each, every second one in the other order.

    Raises:
        Unmeasured: A record was not accepted.
    """
    for gateway in gateways:
        await _uploaded(gateway, min(WARM_RECORDS, plan.records), signing=signing)
    found: dict[str, list[Upload]] = {contender.name: [] for contender in (*gateways, peer)}
    for number in range(plan.turns):
        for contender in (*gateways, peer)[:: 1 if number % 2 == 0 else -1]:
            say(f"bulk, round {number + 1} of {plan.turns}: {contender.name}")
            found[contender.name].append(await _one(contender, peer, plan, signing=signing))
    return found


def _one(contender: Contender, peer: Contender, plan: Plan, *, signing: SigningKey) -> Awaitable[Upload]:
    return _posted(peer, plan) if contender is peer else _uploaded(contender, plan.records, signing=signing)


async def _uploaded(contender: Contender, records: int, *, signing: SigningKey) -> Upload:
    async with Helper("bench.bulk.send", _job(contender, records, signing=signing)) as helper:
        meter = CpuMeter(contender.pids)
        result = UploadResult(**await helper.go())
        cpu = meter.read()
    if result.accepted != records:
        reason = f"of {records} records {result.accepted} were accepted: {result.answered}"
        raise Unmeasured(what=f"bulk, {contender.name}", reason=reason)
    return Upload(rate=records / result.seconds, cpu={name: micros(spent, records) for name, spent in cpu.items()})


async def _posted(peer: Contender, plan: Plan) -> Upload:
    job = LoadJob(at=peer.at, requests=peer.requests, connections=plan.connections, seconds=plan.spell)
    slice_ = await taken(peer, job)
    return Upload(rate=slice_.rate, cpu=slice_.cpu)


def _job(contender: Contender, records: int, *, signing: SigningKey) -> UploadJob:
    headers = {
        "authorization": f"Bearer {signing.mint(tier=TIER, sub='bench-bulk')}",
        "content-type": "application/x-ndjson",
        "transfer-encoding": "chunked",
    }
    head = request("POST", CHUNKS, host=contender.at.host_header, headers=headers).decode("latin-1")
    return UploadJob(
        at=contender.at, head=head, lines=tuple(f"{body.decode()}\n" for body in bodies()), records=records
    )
