"""Where the demo runs."""

from pathlib import Path

import pytest

from demo.place import Place


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Place(home=Path(".sluice"), url="http://127.0.0.1:8080", prefix="")),
        ({"PORT": "8080", "SLUICE_HOME": ""}, Place(home=Path(".sluice"), url="http://127.0.0.1:8080", prefix="")),
        (
            {"PORT": "9000", "SLUICE_HOME": "/data"},
            Place(home=Path("/data"), url="http://127.0.0.1:9000", prefix="SLUICE_HOME=/data PORT=9000 "),
        ),
    ],
)
def test_the_environment_says_where(environ: dict[str, str], expected: Place) -> None:
    """All commands of the demo find the same place, and hints repeat what is unusual about it."""
    assert Place.of(environ) == expected
