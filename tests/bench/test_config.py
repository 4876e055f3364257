"""Processes that are compared differ in what is said, and in nothing else."""

from pathlib import Path

import pytest

from bench.config import varied, write
from bench.errors import Unmeasured
from bench.gateways import Variant
from tests.fixtures.settings import ENVIRON, ROOT, declared

TEXT = (ROOT / "gateway.yaml").read_text(encoding="utf-8")


def test_changed() -> None:
    """What else gateway.yaml says stays, whether the changed value stood there or not."""
    changed, _ = declared(varied(TEXT, {"workers.transactions": False, "processor.transport": "native"}))
    plain, _ = declared(TEXT)
    assert (False, "native") == (changed.workers.transactions, changed.processor.transport)
    same = changed.model_dump(exclude={"workers": {"transactions"}, "processor": {"transport"}})
    assert plain.model_dump(exclude={"workers": {"transactions"}, "processor": {"transport"}}) == same


def test_renamed() -> None:
    """A topic of another name is declared and used under that name alone."""
    text = varied(TEXT, {}, renamed={"rag.results": "other"})
    changed, _ = declared(text)
    assert "other" in changed.topics
    assert "rag.results" not in text


@pytest.mark.parametrize("named", ["native+librdkafka", "native+kafka-python", "grpcio+kafka-python"])
def test_variants(named: str) -> None:
    """A gateway's configuration comes to the variant that was asked for."""
    variant = Variant.spelled(named)
    changed, _ = declared(varied(TEXT, variant.changes))
    assert variant == Variant.of(changed)
    assert named == str(variant).replace(", ", "+")


def test_what_is_no_configuration(tmp_path: Path) -> None:
    """A value that gateway.yaml may not have is not measured as if it had."""
    changes = {"processor.transport": "pigeons"}
    with pytest.raises(Unmeasured, match=r"processor\.transport"):
        write(ROOT / "gateway.yaml", tmp_path / "odd.yaml", changes, environ=ENVIRON)
