"""What the topic of loads says."""

from dataclasses import replace

import pytest

from bus.records import Partition, Received, Record
from ext_proc.load.board import Board
from ext_proc.load.reports import Reports
from ext_proc.results.trust import signed_by
from runtime.clock import SystemClock
from schemas.signature import Signer
from tests.ext_proc.load.loads import SIGNER, lanes, load, load_record
from tests.fixtures.settings import declared

AT = Partition("rag.load", 0)


@pytest.fixture
def board() -> Board:
    """One that knows nothing."""
    return Board(tiers=declared()[0].tiers, clock=SystemClock())


@pytest.fixture
def reports(board: Board) -> Reports:
    """Followed from offset 5 on."""
    reports = Reports(topic="rag.load", board=board, trust=signed_by(SIGNER))
    reports.begin(AT, offset=5)
    reports.begin(Partition("other", 0), offset=7)
    return reports


def received(record: Record, offset: int = 5) -> Received:
    """As it is brought."""
    return Received(
        topic=record.topic,
        partition=0,
        offset=offset,
        timestamp=SystemClock().now_ms(),
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


def busy(count: int) -> Record:
    """A worker for which so many wait."""
    return load_record("w", load(lanes=lanes(free=count)))


def test_each_is_taken_once_and_in_order(reports: Reports, board: Board) -> None:
    """What is brought again is passed over, and so are other topics."""
    first, second = received(busy(99), 5), received(busy(9), 6)
    reports.push([first, replace(first, topic="other", offset=9), second, first])
    assert board.wait("free") == 10 / 4
    assert reports.positions() == {AT: 7}


def test_what_was_missed_is_not_missed(reports: Reports) -> None:
    """Older words than those that come next say nothing."""
    reports.lose(Partition("other", 0), position=50)
    assert reports.positions() == {AT: 5}
    reports.lose(AT, position=50)
    assert reports.positions() == {AT: 50}


@pytest.mark.parametrize("kind", ["forged", "changed", "no key", "no value", "other type", "malformed"])
def test_only_what_sluice_has_signed_counts(
    reports: Reports, board: Board, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever can write to the topic cannot have queries refused. A signed record that is no load is told to the operator."""
    ours = received(busy(99))
    others = tuple((name, b"sluice.x.v1" if name == "ce_type" else value) for name, value in ours.headers)
    malformed = load_record("w", load(lanes={"free": "many"}))
    records = {
        "forged": received(load_record("w", load(), signer=Signer("x" * 32))),
        "changed": replace(ours, value=(ours.value or b"").replace(b"99", b"98")),
        "no key": replace(ours, key=None),
        "no value": replace(ours, value=None),
        "other type": replace(ours, headers=others),
        "malformed": received(malformed),
    }
    reports.push([records[kind]])
    assert board.wait("free") is None
    assert ("not as its type says" in caplog.text) == (kind == "malformed")
