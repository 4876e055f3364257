"""A steady load as clients of many kinds make it: with keys and without, patient and not, and some who send all twice."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Literal, Self

from bus.records import Partition
from demo.client import Answer, Client
from demo.errors import Unreachable
from local.system import System
from tests.chaos.asked import Accepted, Caller, Chunk, Query, Sent
from tests.fixtures.system import caller

CALLERS = tuple(Caller(sub=f"{tier}-{n}", tier=tier) for tier in ("free", "standard", "enterprise") for n in range(2))
AT_ONCE = 64  # posts under way; past it the next one waits
PATIENCE = 120.0  # seconds that a client goes on trying
AWAY = (0.3, 1.2)  # seconds between two tries
AGAIN = (1.0, 6.0)  # seconds after which a client asks once more what it has an answer to
DOCUMENTS, INDICES = 5, 4

BUSY = frozenset({0, 502, 503, 504})
IN_FLIGHT = 409

Kind = Literal["keyed", "keyed-twice", "named", "named-twice", "once", "chunk"]
KINDS: Mapping[Kind, int] = {"keyed": 8, "keyed-twice": 3, "named": 3, "named-twice": 2, "once": 2, "chunk": 3}


@dataclass(slots=True)
class Load:
    """The clients of one run. An async context manager: left, no post is under way.

    Attributes:
        mark: Is in every question and document, so that a run knows its own.
        on_accepted: Called at the first 202 of a query.
        sent: What was sent.
    """

    system: System
    mark: str
    on_accepted: Callable[[Query], None] = lambda _: None
    sent: Sent = field(default_factory=Sent)
    _clients: dict[Caller, Client] = field(default_factory=dict)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _tasks: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        for one in CALLERS:
            client = caller(self.system, sub=one.sub, tier=one.tier)
            self._clients[one] = await self._stack.enter_async_context(client)
        await self._stack.enter_async_context(self._tasks)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def run(self, stop: asyncio.Event, *, per_second: float) -> None:
        """Begins so many exchanges a second until `stop` is set, each of a kind that the mark and its number choose."""
        number = 0
        while not stop.is_set():
            await self._room.acquire()
            self._tasks.create_task(self._exchange(number))
            number += 1
            await asyncio.sleep(1 / per_second)

    async def _exchange(self, number: int) -> None:
        chance = Random(f"{self.mark}.{number}")
        try:
            kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
            who = CALLERS[number % len(CALLERS)]
            await (self._publish(who, number, chance) if kind == "chunk" else self._ask(who, kind, number, chance))
        finally:
            self._room.release()

    async def _ask(self, who: Caller, kind: Kind, number: int, chance: Random) -> None:
        query = Query(caller=who, question=f"What is a weir, and who keeps it? ({self.mark}.{number})")
        if kind.startswith("keyed"):
            query.key = f"{self.mark}.{number}"
        if kind.startswith("named"):
            query.named = f"{self.mark}-{number}".replace(".", "-")
        self.sent.queries.append(query)
        if kind == "once":
            await self._post(query)
            return
        # Two that are sent in the same moment go over two connections, and mostly to two processors.
        await asyncio.gather(*(self._insist(query, chance) for _ in range(1 + kind.endswith("twice"))))
        if query.key and chance.random() < 0.4:
            await asyncio.sleep(chance.uniform(*AGAIN))
            await self._insist(query, chance)

    async def _insist(self, query: Query, chance: Random) -> None:
        """Posts until it is accepted, as a client does that wants its answer."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while loop.time() < deadline:
            status = await self._post(query)
            if status not in BUSY and status != IN_FLIGHT:
                return
            await asyncio.sleep(chance.uniform(*AWAY))
        self.sent.odd.append(f"{query.question} was not accepted within {PATIENCE:g} s: {dict(query.statuses)}")

    async def _post(self, query: Query) -> int:
        document = {"question": query.question, **({"query_id": query.named} if query.named else {})}
        headers = {"idempotency-key": f'"{query.key}"'} if query.key else {}
        answer = await self._posted(query.caller, "/queries", document, headers)
        status = answer.status if answer else 0
        query.statuses[status] += 1
        if answer and status == 202:
            self._note(query, answer)
        elif status not in BUSY and not (status == IN_FLIGHT and query.key):
            self.sent.odd.append(f"{query.question} was answered with {status}")
        return status

    def _note(self, query: Query, answer: Answer) -> None:
        document = answer.document()
        query.accepted.append(
            Accepted(
                query_id=document["query_id"],
                at=_place(document["record"]),
                offset=document["record"]["offset"],
                replayed=answer.headers.get("idempotent-replayed") == "true",
            )
        )
        if len(query.accepted) == 1:
            self.on_accepted(query)

    async def _publish(self, who: Caller, number: int, chance: Random) -> None:
        """A new version of one of few chunks; tried until it is accepted."""
        document, index = f"{self.mark}-{chance.randrange(DOCUMENTS)}", chance.randrange(INDICES)
        body = {"doc_id": document, "chunk_index": index, "text": f"Note {number} on nothing.", "visibility": "public"}
        for _ in range(round(PATIENCE / AWAY[1])):
            answer = await self._posted(who, "/chunks", body, {})
            status = answer.status if answer else 0
            self.sent.chunk_statuses[status] += 1
            if answer and status == 202:
                receipt = answer.document()
                chunk = Chunk(key=f"{document}#{index}".encode(), at=_place(receipt), offset=receipt["offset"])
                self.sent.chunks.append(chunk)
                return
            if status not in BUSY:
                break
            await asyncio.sleep(chance.uniform(*AWAY))
        self.sent.odd.append(f"chunk {number} was not accepted: {status}")

    async def _posted(self, who: Caller, path: str, body: Any, headers: Mapping[str, str]) -> Answer | None:
        try:
            return await self._clients[who].post(path, body, headers=headers)
        except Unreachable:
            return None


def _place(record: Mapping[str, Any]) -> Partition:
    return Partition(record["topic"], record["partition"])
