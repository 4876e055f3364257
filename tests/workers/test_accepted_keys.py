"""A worker believes what was signed with an accepted key, and signs with the one in use."""

from pydantic import SecretStr

from schemas.envelope import doubt
from schemas.signature import Signer
from tests.fixtures.plant import quick, running_plant
from workers.topics import DEAD_LETTERS, EMBEDDINGS, RESULTS

OLD, NEW = "o" * 32, "n" * 32


async def test_what_the_old_key_signed_is_answered_under_the_new_one() -> None:
    """From the chunk to the end of the answer, by every stage and by the index; what is written is signed anew."""
    keys = quick().keys.model_copy(update={"records": SecretStr(NEW), "accepted_records": (SecretStr(OLD),)})
    async with running_plant(gateway=quick(keys=keys)) as plant:
        plant.signer = Signer(OLD)
        for stage in ("embedder", "retriever", "generator"):
            await plant.start(stage)
        await plant.chunk("pump", "The pump lifts water from the canal.")
        await plant.until(lambda: len(plant.index.entries) == 1)
        assert (await plant.ended(await plant.ask("What does the pump lift?")))[-1].name == "done"
        written = [record for topic in (EMBEDDINGS, RESULTS) for record in await plant.read(topic)]
        doubts = [
            doubt(topic=each.topic, key=each.key, headers=each.headers, body=each.value, signer=Signer(NEW))
            for each in written
        ]
        assert (set(doubts), len(await plant.read(DEAD_LETTERS))) == ({None}, 0)
