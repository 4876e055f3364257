"""A generator like the system's own, but for `workers.transactions`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench.answers.figures import GENERATOR
from bench.contenders import kept
from bench.errors import Unmeasured
from local.process import Child
from local.system import System
from runtime.settings.load import load

_WORKERS = "\nworkers: {"


def changed(text: str, *, transactions: bool) -> str:
    """The text of a gateway.yaml whose workers use transactions, or do not.

    Raises:
        Unmeasured: It does not declare `workers` on a line of its own, or says so already.
    """
    if text.count(_WORKERS) != 1:
        raise Unmeasured(what=GENERATOR, reason="gateway.yaml has no line that begins with `workers: {`")
    return text.replace(_WORKERS, f"{_WORKERS}transactions: {str(transactions).lower()}, ")


@asynccontextmanager
async def generator(system: System, *, transactions: bool) -> AsyncIterator[Child]:
    """One of its own, running while the context is open. The system's has to be stopped: it has the same port and group.

    Raises:
        Unmeasured: gateway.yaml cannot be changed so.
    """
    like = system.child(GENERATOR).command
    name = f"{GENERATOR}-{'with' if transactions else 'without'}"
    config = system.home / f"{name}.yaml"
    _copy(Path(like.environ["SLUICE_CONFIG"]), config, transactions=transactions)
    environ = {**like.environ, "SLUICE_CONFIG": str(config)}
    if load(config, environ=environ).workers.transactions is not transactions:
        raise Unmeasured(what=name, reason="its configuration does not say what it should")
    async with kept(replace(like, name=name, environ=environ), home=system.home) as child:
        yield child


def _copy(source: Path, to: Path, *, transactions: bool) -> None:
    to.write_text(changed(source.read_text(encoding="utf-8"), transactions=transactions), encoding="utf-8")
