"""The composition root of the page's process.

It is a reader like any other: it looks at the topics as anybody may who can reach Kafka, and at the gateway from outside.
Nothing of the gateway's knows it, and nothing waits for it.
"""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from bus.choice import bus_for
from demo.page.issued import Issued
from demo.page.log import Log
from demo.page.passages import Passages
from demo.page.reading import Reading
from demo.page.server import Parts, serving
from demo.page.watch import Watch
from demo.place import DEFAULT_HOME, HOME
from local.keys import BROUGHT, Keys
from local.tokens import Issuer
from runtime.clock import SystemClock
from runtime.settings.gateway import Gateway

STATIC = Path(__file__).resolve().parent / "static"


async def serve(
    stop: asyncio.Event,
    *,
    gateway: Gateway,
    environ: Mapping[str, str],
    host: str,
    port: int,
    guide: Mapping[str, Any],
    names: Collection[str] = (),
) -> None:
    """Serves until `stop` is set; `guide` is the walkthrough, `names` what the machine is called besides.

    Raises:
        HomeUnusable: There are no keys, and none can be made.
        KeyUnusable: The signing key that was brought is none.
    """
    keys = Keys.open(Path(environ.get(HOME) or DEFAULT_HOME), brought=environ.get(BROUGHT))
    signing = keys.signing.speaking_for(Issuer.of(gateway.identity.issuers[0]))
    log, passages = Log(clock=SystemClock()), Passages()
    watch = Watch(
        bus_for(gateway.kafka, gateway.kafka.clients.workers), topics=tuple(gateway.topics), log=log, passages=passages
    )
    issued = Issued(signing, tiers=tuple(tier.name for tier in gateway.tiers))
    reading = Reading(passages, signing=signing, gateway=gateway)
    parts = Parts(log=log, issued=issued, reading=reading, watch=watch, guide=guide, static=STATIC, names=names)
    async with watch.running(), serving(host, port, parts):
        await stop.wait()
        log.close()
