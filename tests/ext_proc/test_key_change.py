"""Keys are changed while everything runs: what was given out, written and begun before stays what it was."""

from collections.abc import Mapping
from itertools import pairwise

import pytest

from ext_proc.tickets import PARAMETER
from schemas.envelope import doubt
from tests.fixtures.processor import JSON, Outcome
from tests.fixtures.replicas import Replica, Site
from tests.fixtures.settings import declared

OLD_ID, NEW_ID = "i" * 32, "n" * 32
OLD_RECORD, NEW_RECORD = "r" * 32, "s" * 32

BEFORE: Mapping[str, str] = {"SLUICE_ID_KEY": OLD_ID, "SLUICE_RECORD_KEY": OLD_RECORD}
PREPARED = {
    **BEFORE,
    "SLUICE_NAME_KEY": OLD_ID,
    "SLUICE_ID_KEY_ACCEPTED": NEW_ID,
    "SLUICE_RECORD_KEY_ACCEPTED": NEW_RECORD,
}
CHANGED = {
    "SLUICE_ID_KEY": NEW_ID,
    "SLUICE_RECORD_KEY": NEW_RECORD,
    "SLUICE_NAME_KEY": OLD_ID,
    "SLUICE_ID_KEY_ACCEPTED": OLD_ID,
    "SLUICE_RECORD_KEY_ACCEPTED": OLD_RECORD,
}
AFTER = {"SLUICE_ID_KEY": NEW_ID, "SLUICE_RECORD_KEY": NEW_RECORD, "SLUICE_NAME_KEY": OLD_ID}

STEPS = [BEFORE, PREPARED, CHANGED, AFTER]
TOGETHER = list(pairwise(STEPS))
"""What runs at once while a step is rolled out."""


async def ask(replica: Replica, *, key: str = "", body: Mapping[str, str] | None = None) -> Outcome:
    """One question."""
    headers = {**JSON, **({"idempotency-key": key} if key else {})}
    return await replica.processor.ask("POST", "/queries", {"question": "Why?", **(body or {})}, headers=headers)


async def admitted(replica: Replica, asked: Outcome, *, by_ticket: bool = False) -> bool:
    """Whether the answer's stream may be opened, by token or by ticket."""
    path, _, ticket = asked.document["stream_url"].partition(f"?{PARAMETER}=")
    if not by_ticket:
        return (await replica.processor.ask("GET", path)).status is None
    return (await replica.processor.ask("GET", path, claims={}, credentials={"ticket": ticket})).status is None


@pytest.mark.parametrize(("one", "other"), [*TOGETHER, *((other, one) for one, other in TOGETHER)])
async def test_neighbours_believe_each_other(one: Mapping[str, str], other: Mapping[str, str]) -> None:
    """Ids, tickets and records of either step are good in the other, so that processes are restarted in any order."""
    site = Site()
    async with site.replica(declared(**one)) as first, site.replica(declared(**other)) as second:
        asked = await ask(first)
        assert await admitted(second, asked)
        assert await admitted(second, asked, by_ticket=True)
        (record,) = await second.processor.records("rag.queries")
        signer = second.processor.services.signer
        assert record.value is not None
        why = doubt(topic=record.topic, key=record.key, headers=record.headers, body=record.value, signer=signer)
        assert why is None


@pytest.mark.parametrize(("one", "other"), TOGETHER)
async def test_a_retry_meets_its_first_request(one: Mapping[str, str], other: Mapping[str, str]) -> None:
    """Byte for byte the same answer, its id and its ticket included, and nothing is written twice."""
    site = Site()
    async with site.replica(declared(**one)) as first, site.replica(declared(**other)) as second:
        asked = await ask(first, key="k")
        again = await ask(second, key="k")
        assert (again.body, again.headers["idempotent-replayed"]) == (asked.body, "true")
        assert len(await second.processor.records("rag.queries")) == 1


async def test_a_chosen_id_stays_where_it_is() -> None:
    """With the name key set, what a client has chosen before is found after the change."""
    site = Site()
    async with site.replica(declared(**BEFORE)) as first, site.replica(declared(**AFTER)) as second:
        for replica in (first, second):
            await ask(replica, body={"query_id": "mine"})
        keys = {record.key for record in await second.processor.records("rag.queries")}
        assert len(keys) == 1


async def test_at_the_end_the_old_key_opens_nothing() -> None:
    """Whoever has it can make no id and no record that is believed."""
    site = Site()
    async with site.replica(declared(**BEFORE)) as thief, site.replica(declared(**AFTER)) as after:
        stolen = await ask(thief)
        assert not await admitted(after, stolen)
        assert not await admitted(after, stolen, by_ticket=True)
        (record,) = await after.processor.records("rag.queries")
        signer = after.processor.services.signer
        assert record.value is not None
        assert doubt(topic=record.topic, key=record.key, headers=record.headers, body=record.value, signer=signer)
