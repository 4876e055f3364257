"""Many answers at once, in small."""

import re

import pytest

from bench.scale.writing import Told, main, measure


@pytest.mark.parametrize("sdk", [False, True])
async def test_every_token_is_counted(capsys: pytest.CaptureFixture[str], *, sdk: bool) -> None:
    """Of all answers, while they are being written."""
    await measure(Told(streams=4, delay=0.02, seconds=0.5, sdk=sdk))
    said = capsys.readouterr().out
    found = re.search(r"4 answers at once, .*; (\d+) tokens in .* s, (\d+) us of CPU each, (\d+) MB at most", said)

    assert found, said
    assert said.startswith("the SDK alone" if sdk else "a generator")
    assert all(int(figure) > 0 for figure in found.groups())


def test_answers_that_would_end_too_soon_are_not_measured() -> None:
    """The figure would be one of fewer answers than it says."""
    with pytest.raises(SystemExit, match="an answer has 60 tokens"):
        main(["--delay", "0.1", "--seconds", "30"])
    assert Told.of([]).streams == 1000
