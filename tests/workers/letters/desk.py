"""The command line of dead letters on the bus of a plant."""

import argparse
import asyncio
from dataclasses import dataclass, field

from runtime.settings.gateway import Gateway
from tests.fixtures.plant import Plant
from workers.letters.command import add_commands, run
from workers.topics import DEAD_LETTERS


@dataclass
class Operator:
    """Somebody at the command line; `stop` is their Ctrl-C."""

    plant: Plant
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def types(self, *arguments: str, gateway: Gateway | None = None) -> int:
        """The exit status of `python -m workers dead-letters` with these arguments."""
        parser = argparse.ArgumentParser()
        add_commands(parser, lambda _: None)
        options = parser.parse_args(arguments)
        working = run(options, gateway=gateway or self.plant.gateway, bus=self.plant.bus, stop=self.stop)
        return await asyncio.wait_for(working, 10)


async def with_letters(plant: Plant, count: int) -> None:
    """Returns once so many letters are there, settled or not."""

    async def there() -> bool:
        found = await plant.read(DEAD_LETTERS)
        return sum(record.header("dlq-reason") is not None for record in found) >= count

    await plant.until(there)


async def with_poison(plant: Plant, *doc_ids: str) -> None:
    """Chunks that an embedder has refused; the embedder is stopped, and its model mended."""
    before = len([one for one in await plant.read(DEAD_LETTERS) if one.header("dlq-reason")])
    embedder = await plant.start("embedder")
    for doc_id in doc_ids:
        await plant.chunk(doc_id, f"POISON {doc_id}")
    await with_letters(plant, before + len(doc_ids))
    await plant.stop(embedder)
    plant.embedder.poison = "nothing that is in any text"
