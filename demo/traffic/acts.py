"""What callers do, well and badly. Each act is one caller's, from beginning to end, and tells of nothing."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from random import Random

import orjson

from demo.client import Client
from demo.questions import TIERS
from demo.traffic.asked import BULK_LINES, NO_ROOM, QUESTIONS, REFUSED, UNLUCKY, passage

Enter = Callable[..., Client]
"""A client with a token: `enter(tier=..., sub=..., **claims)`; as `SigningKey.mint`."""

Act = Callable[[], Awaitable[None]]

Break = Callable[[], Awaitable[None]]
"""The next call of the model is to fail."""

KIND = "application/x-ndjson"
AT_ONCE, HASTE = 50, 8  # requests at once, and how often: more than the burst of the lowest tier
HOLD_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """All that is done. `random` chooses who does it, and what is asked."""

    enter: Enter
    breaks: Break
    random: Random
    numbers: "count[int]" = field(default_factory=count)

    def paced(self) -> Sequence[tuple[Act, float]]:
        """Each act, and the seconds between two of it."""
        return (
            (self.ask, 0.5),
            (self.add, 1),
            (self.mistake, 2),
            (self.leave, 3),
            (self.poll, 3),
            (self.stray, 3),
            (self.forge, 3),
            (self.overreach, 4),
            (self.repeat, 4),
            (self.cancel, 5),
            (self.fall_back, 5),
            (self.upload, 8),
            (self.be_unlucky, 8),
            (self.be_refused, 15),
            (self.hurry, 20),
        )

    async def ask(self) -> None:
        """A question, and its answer to the end."""
        await self._answered(self.random.choice(QUESTIONS), tier=self.random.choice(TIERS))

    async def fall_back(self) -> None:
        """A question for which the first model has no room."""
        await self._answered(NO_ROOM, tier=TIERS[-1])

    async def be_refused(self) -> None:
        """A question that the provider refuses."""
        await self._answered(REFUSED, tier=TIERS[0])

    async def be_unlucky(self) -> None:
        """A question that has to be asked twice."""
        await self.breaks()
        await self._answered(UNLUCKY, tier=TIERS[1])

    async def cancel(self) -> None:
        """A question that nobody wants answered any more."""
        async with self._caller() as client:
            await client.cancel(await client.ask(self.random.choice(QUESTIONS)))

    async def leave(self) -> None:
        """A reader who goes after the first event, and comes back with its id."""
        async with self._caller() as client:
            query_id, last = await client.ask(self.random.choice(QUESTIONS)), ""
            async with aclosing(client.events(query_id)) as events:
                async for event in events:
                    last = event.id
                    break
            async for _ in client.events(query_id, last_event_id=last):
                pass

    async def poll(self) -> None:
        """A question whose state is asked for, held back until there is something new."""
        async with self._caller() as client:
            await client.status(await client.ask(self.random.choice(QUESTIONS)), wait=HOLD_SECONDS)

    async def add(self) -> None:
        """Knowledge, one passage in a request."""
        async with self._caller(tier=TIERS[-1]) as client:
            await client.publish(passage(next(self.numbers)))

    async def upload(self) -> None:
        """Knowledge, many passages in a request, and one among them that breaks the schema."""
        async with (
            self._caller(tier=TIERS[-1]) as client,
            aclosing(client.upload("/chunks", _lines(), kind=KIND)) as receipts,
        ):
            async for _ in receipts:
                pass

    async def repeat(self) -> None:
        """A request and its retry, with one key."""
        headers = {"idempotency-key": f'"{secrets.token_hex(8)}"'}
        async with self._caller() as client:
            for _ in range(2):
                await client.post("/queries", {"question": self.random.choice(QUESTIONS)}, headers=headers)

    async def mistake(self) -> None:
        """A body that breaks its schema."""
        async with self._caller() as client:
            await client.post("/queries", {"query": "Is this the field?"})

    async def forge(self) -> None:
        """A token that nobody signed, and one that has expired."""
        async with self._caller() as client, self.enter(tier=TIERS[0], sub="late", ttl=-60) as late:
            await client.request("GET", "/queries/none", headers={"authorization": "Bearer e30.e30.e30"})
            await late.post("/queries", {"question": QUESTIONS[0]})

    async def overreach(self) -> None:
        """Another's result, a label above one's own tier, a scope that one has not, a ticket that is none."""
        async with self._caller(tier=TIERS[0]) as client, self.enter(tier=TIERS[0], sub="mute", scopes=()) as mute:
            await client.request("GET", "/results/not-mine")
            await client.post("/chunks", {**passage(0), "visibility": "confidential"})
            await mute.post("/queries", {"question": QUESTIONS[0]})
            await client.request("GET", "/results/not-mine?ticket=none", headers={"authorization": ""})

    async def stray(self) -> None:
        """A path and a method that there are not."""
        async with self._caller() as client:
            await client.request("GET", "/nowhere")
            await client.request("PUT", "/queries")

    async def hurry(self) -> None:
        """More requests at once than the lowest tier may make."""
        async with self.enter(tier=TIERS[0], sub="hasty") as client:
            for _ in range(HASTE):
                at_once = await asyncio.gather(*(client.request("GET", "/queries/none") for _ in range(AT_ONCE)))
                if any(answer.status == 429 for answer in at_once):
                    return

    async def _answered(self, question: str, *, tier: str) -> None:
        async with self._caller(tier=tier) as client:
            async for _ in client.events(await client.ask(question)):
                pass

    def _caller(self, *, tier: str | None = None) -> Client:
        return self.enter(tier=tier or self.random.choice(TIERS), sub=f"caller-{self.random.randrange(20)}")


async def _lines() -> AsyncIterator[bytes]:
    for number in range(BULK_LINES):
        yield orjson.dumps(passage(number)) + b"\n"
    yield b'{"doc_id": "traffic-bad"}\n'
