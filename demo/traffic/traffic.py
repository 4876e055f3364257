"""A mixed load: each act at a pace of its own, so that whatever can be seen of a Sluice has something to show."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Self

from demo.client import Client
from demo.errors import ClientError, StandInMissing
from demo.traffic.acts import Act, Acts
from demo.traffic.asked import LASTING, fault
from local.system import System

MOST = 50
"""Acts under way at once; those that are due past it are left out, for a load must not outgrow what it loads."""

_ONCE = fault(status=500, model="claude-sonnet-4-5")


class Traffic:
    """Callers of a system, and a stand-in model that fails some of them. An async context manager.

    Attributes:
        done: How often each act has ended.
        failed: How often each has ended in what its caller did not expect.
        left_out: How often each was due and left out.
    """

    def __init__(self, system: System, *, seed: int = 1) -> None:
        self._system = system
        self._acts = Acts(enter=self._enter, breaks=self._break, random=Random(seed))  # noqa: S311 - it chooses questions
        self._under_way: set[asyncio.Task[None]] = set()
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        await self._tell(LASTING)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        with suppress(ClientError):  # a system that stops has no more use for a model that behaves
            await self._tell(())

    async def run(self) -> None:
        """Runs until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for act, seconds in self._acts.paced():
                tasks.create_task(self._keep(act, seconds))

    async def round(self) -> None:
        """Does everything once, and returns when all has come to its end."""
        await asyncio.gather(*(self._do(act) for act, _ in self._acts.paced()))

    async def _keep(self, act: Act, seconds: float) -> None:
        clock = asyncio.get_running_loop()
        due = clock.time()
        while True:
            if len(self._under_way) < MOST:
                task = asyncio.create_task(self._do(act))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            else:
                self.left_out[_name(act)] += 1
            due = max(due + seconds, clock.time())
            await asyncio.sleep(due - clock.time())

    async def _do(self, act: Act) -> None:
        try:
            await act()
            self.done[_name(act)] += 1
        except ClientError:  # it is part of a load that some of it is refused
            self.failed[_name(act)] += 1

    def _enter(self, *, tier: str, sub: str, **more: Any) -> Client:
        token = self._system.keys.signing.mint(tier=tier, sub=sub, **more)
        return Client(self._system.public_url, token=token, certificate=self._system.certificate)

    async def _break(self) -> None:
        await self._tell((*LASTING, _ONCE))

    async def _tell(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Tells the stand-in what goes wrong from now on.

        Raises:
            StandInMissing: A real model is asked, which would be paid for.
        """
        url = self._system.stand_in_url
        if url is None:
            raise StandInMissing
        async with Client(url, token="") as client:
            await client.post("/control", {"faults": list(faults)})


def _name(act: Act) -> str:
    return act.__name__
