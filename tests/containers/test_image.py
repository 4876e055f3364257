"""The image holds what its processes need, and little else."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.containers.project import BASE, SCALE, mounts, project
from tests.fixtures.settings import ROOT

DOCKERFILE = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
PROJECT = project(BASE, SCALE)
OURS = {path.parent.name for path in ROOT.glob("*/__init__.py")}


def instructions(word: str) -> list[str]:
    """What stands behind each instruction of that name, continued lines joined."""
    return re.findall(rf"^{word} +(.+)$", DOCKERFILE, re.MULTILINE)


def ignored() -> tuple[list[str], set[str]]:
    """The lines of .dockerignore, and the names that it lets in."""
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return lines, {line[1:] for line in lines if line.startswith("!")}


def entries() -> set[str]:
    """The modules that the services of our image run, and ask for their health."""
    commands = [service["command"] for service in PROJECT.ours.values()]
    commands += [service["healthcheck"]["test"][1:] for service in PROJECT.ours.values() if "healthcheck" in service]
    return {command[2] for command in commands}


@cache
def reachable() -> frozenset[str]:
    """Every module that they import, at once or later, and what is not ours by its top name."""
    found: set[str] = set()
    open_ = [f"{name}.__main__" if (ROOT / name.replace(".", "/")).is_dir() else name for name in entries()]
    while open_:
        name = open_.pop()
        if name in found:
            continue
        file = _file(name)
        if file is not None:
            found.add(name)
            open_ += _imported(file)
        elif name.partition(".")[0] not in OURS:
            found.add(name.partition(".")[0])
    return frozenset(found)


def _file(name: str) -> Path | None:
    path = ROOT / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_what_is_imported_is_in_the_image() -> None:
    """Every package of ours that a process could come to import is let in by .dockerignore; everything else stays out."""
    lines, let_in = ignored()
    needed = {name.partition(".")[0] for name in reachable()} & OURS

    assert lines[0] == "*"
    assert {name for name in let_in if (ROOT / name).is_dir()} == needed
    assert not [name for name in let_in if not (ROOT / name).exists()]
    assert "gateway.yaml" in let_in


def test_what_was_taken_out_is_imported_by_nobody() -> None:
    """The packages that the image does without are those of the local Kafka, and such as nobody imports."""
    (removal,) = re.findall(r"pip uninstall .*?/venv/bin/python ([a-z0-9 -]+) &&", DOCKERFILE)

    assert removal.split()
    assert not {name.replace("-", "_") for name in removal.split()} & reachable()


def test_packages_are_those_of_the_lock() -> None:
    """Installed by hash from the file that the demo is installed from, and built from no source."""
    (install,) = [step for step in instructions("RUN") if "pip sync" in step]

    assert "--require-hashes /requirements/demo.txt" in install
    assert "--no-build" in install
    assert all("--require-hashes" in step for step in instructions("RUN") if "pip install" in step)


def test_both_stages_stand_on_one_small_image() -> None:
    """Python of the version that the tests run on, slim, by a tag that names its Debian."""
    (argument,) = instructions("ARG")

    assert re.fullmatch(r"PYTHON=3\.\d+-slim-[a-z]+", argument)
    assert [image.split()[0] for image in instructions("FROM")] == ["python:${PYTHON}"] * 2


def test_it_runs_as_nobody_in_particular() -> None:
    """The last word on the user is a number, and not root's."""
    user, _, group = instructions("USER")[-1].partition(":")

    assert int(user) > 1000
    assert int(group) > 1000


def test_a_volume_belongs_to_who_writes_to_it() -> None:
    """A new named volume takes its owner from the image's folder: each that a process of ours writes to is made there."""
    (making,) = [step for step in instructions("RUN") if "install -d" in step]
    made = set(re.findall(r" (/\S+)", making.partition("install -d")[2]))
    written = {
        target for service in PROJECT.ours.values() for target, (_, writable) in mounts(service).items() if writable
    }

    assert written <= made
    assert "-o sluice" in making
    assert "-m 0700" in making
