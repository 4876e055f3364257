"""docs/security.md names tests that there are."""

import re

from tests.fixtures.settings import ROOT

NAMED = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_\w+)`")


def test_every_proof_that_is_named_is_there() -> None:
    """Each row of what may be tried names a test, and a test that was renamed is missed here."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    tried = text.partition("## What may be tried")[2].partition("\n## ")[0]
    rows = [line for line in tried.splitlines() if line.startswith("| ") and not line.startswith("| an attacker")]
    named = [NAMED.findall(row) for row in rows]

    assert [row for row, tests in zip(rows, named, strict=True) if not tests] == []
    missing = [
        f"{file}::{name}"
        for tests in named
        for file, name in tests
        if not re.search(rf"def {name}\(", (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []
