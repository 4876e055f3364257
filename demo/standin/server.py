"""The stand-in model server: Anthropic's Messages and OpenAI's embeddings without a model, a key or a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from demo.standin.behaviour import Behaviour, Conduct
from demo.standin.calls import Calls
from demo.standin.control import Control
from demo.standin.embeddings import Embeddings
from demo.standin.gathering import Gathering
from demo.standin.messages import Messages

_LARGEST_BODY = 32 * 1024 * 1024  # as Anthropic's


@asynccontextmanager
async def serve(*, host: str = "127.0.0.1", port: int = 0, behaviour: Behaviour | None = None) -> AsyncIterator[str]:
    """Serves while entered; 0 is any free port.

    Yields:
        The base URL, for `chat.base_url`; with `/v1` after it, for `embedding.base_url`.
    """
    # A handler is cancelled when its client leaves, which is how an aborted call is known at once.
    runner = web.AppRunner(_app(behaviour or Behaviour()), handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound_host, bound_port = runner.addresses[0][:2]
        yield f"http://{bound_host}:{bound_port}"
    finally:
        await runner.cleanup()


def _app(behaviour: Behaviour) -> web.Application:
    conduct, calls = Conduct(behaviour), Calls()
    gathering = Gathering(conduct)
    control = Control(conduct=conduct, calls=calls, gathering=gathering)
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.add_routes(
        [
            web.post("/v1/messages", Messages(conduct=conduct, calls=calls, gathering=gathering).handle),
            web.post("/v1/embeddings", Embeddings(conduct=conduct, calls=calls, gathering=gathering).handle),
            web.get("/control", control.show),
            web.post("/control", control.change),
            web.delete("/control", control.reset),
        ]
    )
    return app
