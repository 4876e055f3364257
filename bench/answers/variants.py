"""A generator like the system's own, but for some values of its configuration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench.answers.figures import GENERATOR
from bench.children import kept
from bench.config import Changes, write
from local.process import Child
from local.system import System


@asynccontextmanager
async def generator(system: System, *, name: str, changes: Changes) -> AsyncIterator[Child]:
    """One of its own, running while the context is open. The system's has to be stopped: it has the same port and group.

    Raises:
        Unmeasured: gateway.yaml cannot be changed so.
    """
    like = system.child(GENERATOR).command
    named = f"{GENERATOR}-{name.replace(' ', '-')}"
    config = system.home / f"{named}.yaml"
    environ = {**like.environ, "SLUICE_CONFIG": str(config)}
    write(Path(like.environ["SLUICE_CONFIG"]), config, changes, environ=environ)
    async with kept(replace(like, name=named, environ=environ), home=system.home) as child:
        yield child
