"""What an operator types, and what they read."""

import json

import pytest

from bus.memory.bus import MemoryBus
from bus.records import Record
from schemas.dead_letters import Settled, encode_settled
from tests.fixtures.plant import Plant
from tests.workers.letters.desk import Operator, with_letters, with_poison
from workers.topics import CHUNKS, DEAD_LETTERS, QUERIES

Captured = pytest.CaptureFixture[str]


async def with_all_sorts(plant: Plant) -> None:
    """Two poisoned chunks, and a query of a free user that cannot be read."""
    await with_poison(plant, "pump", "valve")
    await plant.start("retriever")
    await plant.write(QUERIES, "broken", b"{", user="bob")
    await with_letters(plant, 3)


async def listed(plant: Plant, capsys: Captured, *filters: str) -> list[str]:
    """The keys of what is listed, in order."""
    capsys.readouterr()
    assert await Operator(plant).types("list", "--json", *filters) == 0
    return sorted(json.loads(line)["key"] for line in capsys.readouterr().out.splitlines())


async def test_letters_are_listed_by_what_they_are(plant: Plant, capsys: Captured) -> None:
    """Every filter, alone and together."""
    await with_all_sorts(plant)
    chunks = ["pump#0", "valve#0"]
    assert await listed(plant, capsys) == ["broken", *chunks]
    assert await listed(plant, capsys, "--topic", CHUNKS) == chunks
    assert await listed(plant, capsys, "--reason", "malformed") == ["broken"]
    assert await listed(plant, capsys, "--key", "pump#0") == ["pump#0"]
    assert await listed(plant, capsys, "--user", "bob") == ["broken"]
    assert await listed(plant, capsys, "--tier", "enterprise") == chunks
    assert await listed(plant, capsys, "--since", "1h") == ["broken", *chunks]
    assert await listed(plant, capsys, "--until", "1h") == []
    assert await listed(plant, capsys, "--since", "2020-01-01", "--until", "2020-01-02T00:00:00Z") == []
    assert await listed(plant, capsys, "--topic", CHUNKS, "--user", "bob") == []
    assert len(await listed(plant, capsys, "--limit", "2")) == 2


async def test_a_line_says_where_a_record_came_from_and_why_it_died(plant: Plant, capsys: Captured) -> None:
    """For a program, with names that stay; for people, with a head."""
    await with_poison(plant, "pump")
    (chunk,) = await plant.read(CHUNKS)
    await Operator(plant).types("list", "--json")
    found = json.loads(capsys.readouterr().out)
    assert {name: found[name] for name in ("reason", "attempt", "redriven", "topic", "partition", "offset")} == {
        "reason": "model-rejected",
        "attempt": 1,
        "redriven": 0,
        "topic": CHUNKS,
        "partition": chunk.partition,
        "offset": chunk.offset,
    }
    await Operator(plant).types("list")
    head, row = capsys.readouterr().out.splitlines()
    assert (head.split()[0], row.split()[0]) == ("PLACE", found["place"])
    assert row.split()[2:] == [CHUNKS, "model-rejected", "1", "enterprise", "pump#0"]


async def test_a_summary_counts(plant: Plant, capsys: Captured) -> None:
    """By topic and reason, most first."""
    await with_all_sorts(plant)
    assert await Operator(plant).types("list", "--summary") == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["2", CHUNKS, "model-rejected"],
        ["1", QUERIES, "malformed"],
        ["3", "in", "all"],
    ]


async def test_one_is_shown_whole(plant: Plant, capsys: Captured) -> None:
    """And whether it is settled."""
    await with_poison(plant, "pump")
    (letter,) = await plant.read(DEAD_LETTERS)
    place = f"{letter.partition}:{letter.offset}"
    assert await Operator(plant).types("show", place) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{place}\n")
    assert "\ndlq-reason: model-rejected\n" in said
    assert '"text":"POISON pump"' in said
    assert await Operator(plant).types("drop", place) == 0
    assert capsys.readouterr().out.splitlines() == [f"{place} dropped", "1 dropped"]
    assert await Operator(plant).types("show", place) == 0
    assert capsys.readouterr().out.startswith(f"{place} (settled)\n")


async def test_what_a_stranger_wrote_does_nothing_to_a_terminal(plant: Plant, capsys: Captured) -> None:
    """Escape sequences are shown, not obeyed; bytes are counted."""
    for value in (b"\x1b[2J", b"\xff\xfe", b"", None):
        record = Record(topic=DEAD_LETTERS, key=b"\x1b[31m", value=value, headers=(("x", b"\x07"),))
        receipt = await plant.producer.put(record)
        assert await Operator(plant).types("show", f"{receipt.partition}:{receipt.offset}") == 0
    assert await Operator(plant).types("list") == 0
    said = capsys.readouterr().out
    assert not {"\x1b", "\x07"} & set(said)
    for expected in ("\\x1b[2J", "2 bytes that are no text", "an empty body", "no body"):
        assert expected in said


async def test_what_is_dropped_is_settled_and_written_nowhere(plant: Plant, capsys: Captured) -> None:
    """By filter; the others stay."""
    await with_all_sorts(plant)
    assert await Operator(plant).types("drop", "--topic", QUERIES) == 0
    assert await listed(plant, capsys) == ["pump#0", "valve#0"]
    assert len(await plant.read(QUERIES)) == 1
    assert await Operator(plant).types("redrive", "--topic", QUERIES) == 0


async def test_only_sluice_settles(plant: Plant, capsys: Captured) -> None:
    """Else a stranger could hide what they have broken."""
    await with_poison(plant, "pump")
    (letter,) = await plant.read(DEAD_LETTERS)
    body = encode_settled(Settled(partition=letter.partition, offset=letter.offset, how="dropped"))
    headers = (("ce_type", Settled.type.encode()),)
    await plant.producer.put(Record(topic=DEAD_LETTERS, key=letter.key, value=body, headers=headers))
    assert await listed(plant, capsys) == ["pump#0"]


async def test_everything_must_be_asked_for(plant: Plant, capsys: Captured) -> None:
    """A slip of the hand settles nothing."""
    await with_poison(plant, "pump")
    for command in ("redrive", "drop"):
        assert await Operator(plant).types(command) == 1
        assert capsys.readouterr().err == "sluice: say which: PARTITION:OFFSET, a filter, or --all\n"
    assert await listed(plant, capsys) == ["pump#0"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "0:7"), "there is no dead letter at 0:7"),
        (("show", "99:0"), "there is no dead letter at 99:0"),
        (("list", "--since", "noon"), "'noon' is no time: 30m, 1h, 2d, or as ISO 8601 has it"),
    ],
)
async def test_a_mistake_is_one_line(plant: Plant, capsys: Captured, arguments: tuple[str, ...], said: str) -> None:
    """With status 1."""
    assert await Operator(plant).types(*arguments) == 1
    assert capsys.readouterr().err == f"sluice: {said}\n"


@pytest.mark.parametrize(
    "arguments", [("show", "x"), ("show", "1:"), ("redrive", "--rate", "0"), ("list", "--limit", "0")]
)
async def test_what_cannot_be_meant_is_refused_at_once(plant: Plant, arguments: tuple[str, ...]) -> None:
    """With status 2, as ever for a command line."""
    with pytest.raises(SystemExit) as ended:
        await Operator(plant).types(*arguments)
    assert ended.value.code == 2


async def test_without_kafka_nothing_is_settled(plant: Plant, capsys: Captured) -> None:
    """And that is said."""
    assert isinstance(plant.bus, MemoryBus)
    plant.bus.stop()
    assert await Operator(plant).types("list") == 1
    assert capsys.readouterr().err.startswith("sluice: Kafka did not answer")
    plant.bus.start()
