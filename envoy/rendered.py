"""The bootstrap, made by a process of its own.

What it takes to build one, some fifty megabytes of classes, would otherwise stay with Envoy's supervisor for as long as
Envoy runs.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE

from envoy.errors import EnvoyFailed


async def rendered(file: str | None) -> str:
    """What `python -m envoy render` says of the file.

    Raises:
        EnvoyFailed: It says nothing but why it cannot.
    """
    given = () if file is None else (file,)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "envoy", "render", *given, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    bootstrap, said = await process.communicate()
    if process.returncode != 0:
        raise EnvoyFailed(what="could not be configured", said=said.decode(errors="replace").strip())
    return bootstrap.decode()
