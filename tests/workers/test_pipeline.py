"""From a chunk and a question to an answer, through all three stages."""

from tests.fixtures.plant import Plant, text_of


async def test_a_question_is_answered_with_what_its_caller_may_see(plant: Plant) -> None:
    """The same question as each tier is answered from its own labels, streamed and cited."""
    for stage in ("embedder", "retriever", "generator"):
        await plant.start(stage)
    for visibility in ("public", "internal", "confidential"):
        await plant.chunk(
            f"pump-{visibility}", f"The {visibility} pump runs", visibility=visibility, source_url="http://x/"
        )
    await plant.until(lambda: len(plant.index.entries) == 3)
    for tier, count in (("free", 1), ("standard", 2), ("enterprise", 3)):
        events = await plant.ended(await plant.ask("How does the pump run?", tier=tier))
        names = [event.name for event in events]
        assert names[:2] == ["retrieved", "delta"]
        assert names[-2:] == ["usage", "done"]
        assert count == names.count("citation")
        done = events[-1].data
        assert count == len(done["sources"])
        assert text_of(events) == done["answer"]
        assert (tier, "alice") == (done["user_tier"], done["user_id"])
        assert {tier} == {event.record.header("tier") for event in events}
