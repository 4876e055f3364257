"""A process with a tracer, or without one: then OpenTelemetry is not even imported."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from runtime.tracing.environment import exporting
from runtime.tracing.tracer import Tracer


@asynccontextmanager
async def traced(
    environ: Mapping[str, str], *, system: str, process: str, number: int = 0
) -> AsyncIterator[Tracer | None]:
    """The tracer of a process while the context is open; `None` where the variables ask for none.

    Leaving sends what is not sent yet, for as long as a collector may take for that and no longer.

    Args:
        environ: The process's environment.
        system: What belongs together, as gateway.yaml names it.
        process: What the process is, of its kind.
        number: Which of its kind.

    Raises:
        ConfigError: A variable says what cannot be done.
    """
    export = exporting(environ)
    if export is None:
        yield None
        return
    from runtime.tracing.sdk import SdkTracer, Sender, resource  # noqa: PLC0415  # whoever does not trace must not pay

    sender = Sender(export)
    who = resource(export, system=system, process=process, number=number)
    try:
        yield SdkTracer(sender.processor, resource=who, sampling=export.sampling)
    finally:
        await asyncio.to_thread(sender.close)
