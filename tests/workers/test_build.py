"""The stages with their real index."""

from pathlib import Path

from runtime.settings.models import IndexSettings
from tests.fixtures.plant import Plant, quick, running_plant
from workers.index.factory import open_index
from workers.index.files import read_json, write_json


async def answered(plant: Plant) -> int:
    """How many passages an answer has."""
    events = await plant.ended(await plant.ask("What runs?", tier="enterprise"))
    return len(events[-1].data["sources"])


async def test_an_index_that_does_not_fit_its_topic_is_filled_anew(tmp_path: Path) -> None:
    """Kafka was set up anew, say: what the folder holds of the old topic must not be found."""
    settings = IndexSettings(path=str(tmp_path / "index"))
    async with running_plant(quick(index=settings)) as plant:
        plant.open_index = open_index
        await plant.start("embedder")
        retriever = await plant.start("retriever")
        await plant.start("generator")
        await plant.chunk("old", "An old pump runs")

        async def found(count: int) -> bool:
            return await answered(plant) == count

        await plant.until(lambda: found(1))
        await plant.stop(retriever)
        positions = tmp_path / "index" / "positions.json"
        write_json(positions, dict.fromkeys(read_json(positions), 99) | {"saved_at": 10**15})
        (tmp_path / "index" / "left-over").touch()
        await plant.start("retriever")
        assert not (tmp_path / "index" / "left-over").exists()
        assert await answered(plant) == 1
        assert plant.embedder.texts().count("An old pump runs") == 1
