"""The generators differ in one setting."""

import pytest

from bench.answers.figures import VARIANTS
from bench.answers.variants import changed
from bench.errors import Unmeasured
from tests.fixtures.settings import ROOT, declared

TEXT = (ROOT / "gateway.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", VARIANTS)
def test_changed(name: str) -> None:
    """What else gateway.yaml says stays."""
    transactions = VARIANTS[name]
    gateway, _ = declared(changed(TEXT, transactions=transactions))
    plain, _ = declared(TEXT)
    assert transactions is gateway.workers.transactions
    assert plain.workers.load == gateway.workers.load
    assert plain.topics == gateway.topics


@pytest.mark.parametrize("text", ["name: sluice\n", "name: sluice\nworkers:\n  load: rag.load\n"])
def test_where_it_cannot_be_changed(text: str) -> None:
    """A file that is written otherwise is not measured as if it were changed."""
    with pytest.raises(Unmeasured, match="workers"):
        changed(text, transactions=False)
