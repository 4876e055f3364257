"""proto/*.proto -> proto/generated: `python -m proto.generate`, or `--check` that what is there is fresh.

The generated code is committed, so that running Sluice needs no compiler.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

SOURCES = Path(__file__).parent
GENERATED = SOURCES / "generated"
PLUGIN = Path(sys.executable).with_name("protoc-gen-mypy")


class CompileError(Exception):
    """The compiler refused a file; it has said why on standard error."""


def generate(target: Path) -> None:
    """Compiles every .proto of this folder to Python, and to stubs, in `target`.

    Raises:
        CompileError: A file is not valid.
    """
    target.mkdir(parents=True, exist_ok=True)
    sources = sorted(str(path) for path in SOURCES.glob("*.proto"))
    options = [f"--proto_path={SOURCES}", f"--plugin=protoc-gen-mypy={PLUGIN}"]
    outputs = [f"--python_out={target}", f"--mypy_out=quiet:{target}"]
    # As a process: the compiler's package has no types, and it ends the process that it runs in on some errors.
    command = [sys.executable, "-m", "grpc_tools.protoc", *options, *outputs, *sources]
    if subprocess.run(command, check=False).returncode != 0:
        raise CompileError
    (target / "__init__.py").touch()


def stale(*, expected: Path, found: Path) -> list[str]:
    """The names of files that differ, are missing or should not be there."""
    fresh, kept = _contents(expected), _contents(found)
    return sorted(name for name in fresh.keys() | kept.keys() if fresh.get(name) != kept.get(name))


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py*") if path.is_file()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 1 where `--check` finds something stale."""
    parser = argparse.ArgumentParser(prog="python -m proto.generate", description="Compile proto/*.proto.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when proto/generated is not fresh")
    if not parser.parse_args(arguments).check:
        generate(GENERATED)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        names = stale(expected=Path(folder), found=GENERATED)
    if names:
        sys.stderr.write(f"proto/generated is not fresh ({', '.join(names)}): run `make generate`\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
