"""What the demo's configurations have in common, and that each of them can be used."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from demo.place import NATIVE, PROFILES, ZILLA, Profile
from runtime.settings.gateway import Gateway
from runtime.settings.load import load
from tests.fixtures.settings import ENVIRON, ROOT

FRONT = {"edge", "identity", "routes"}
"""Where profiles differ: what clients see."""


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_each_can_be_used(profile: Profile) -> None:
    """The check that operators are told to run passes, from the repository's folder, with nothing but the secrets."""
    file = profile.config.relative_to(ROOT)
    done = run(
        [sys.executable, "-m", "ext_proc", "check", str(file)],
        env=dict(ENVIRON),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("all in order\n")


@pytest.mark.parametrize("section", sorted(Gateway.model_fields.keys() - FRONT))
def test_behind_the_edge_they_are_the_same(section: str) -> None:
    """Both may use one data folder, and a topic that one of them needs is there for the other."""
    native, zilla = (getattr(load(profile.config, environ=ENVIRON), section) for profile in (NATIVE, ZILLA))

    assert zilla == native


def test_editors_find_the_schema() -> None:
    """The file's first line leads to it."""
    first = ZILLA.config.read_text(encoding="utf-8").splitlines()[0]

    assert (ZILLA.config.parent / Path(first.rpartition("=")[2])).resolve() == ROOT / "gateway.schema.json"
