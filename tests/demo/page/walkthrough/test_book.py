"""docs/walkthrough.md."""

from pathlib import Path

import pytest

from demo.page.walkthrough.__main__ import main
from demo.page.walkthrough.book import FILE, book
from demo.page.walkthrough.steps import STEPS
from local.commands import ROOT


def test_the_page_has_every_step_and_command() -> None:
    """As they stand, so that they can be pasted."""
    said = book()

    for number, step in enumerate(STEPS, 1):
        assert f"\n## {number}. {step.title}\n" in said
        assert f"images/walkthrough-{step.id}.png" in said
        assert all(f"```sh\n{command.text}\n```" in said for command in step.commands)


def test_it_is_fresh() -> None:
    """What is in docs/ is what the steps make."""
    assert (ROOT / FILE).read_text(encoding="utf-8") == book()


def test_what_is_not_fresh_is_told(tmp_path: Path) -> None:
    """And written anew by the same command."""
    (tmp_path / "docs").mkdir()
    with pytest.raises(SystemExit, match=r"not fresh: docs/walkthrough\.md"):
        main(["--check"], root=tmp_path)
    main([], root=tmp_path)
    main(["--check"], root=tmp_path)
