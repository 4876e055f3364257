"""gateway.yaml -> models. Swapping one is a line there.

Each adapter is imported only where it is chosen: Anthropic's SDK and the local model weigh 75 and 250 MB,
and a worker carries what it uses and no more.
"""

from contextlib import AbstractAsyncContextManager

from runtime.clock import Clock, SystemClock
from runtime.errors import ConfigError, Problem
from runtime.settings.load import DEFAULT_FILE
from runtime.settings.models import ChatSettings, EmbeddingSettings
from workers.ports import ChatModel, Embedder

# ruff: noqa: PLC0415 - lazy imports are what this file is for


def open_embedder(settings: EmbeddingSettings, *, clock: Clock | None = None) -> AbstractAsyncContextManager[Embedder]:
    """The embedder that the settings name.

    Raises:
        ConfigError: The provider cannot serve these settings.
    """
    if settings.provider == "openai":
        from workers.models.openai import open_openai

        return open_openai(settings, clock=clock or SystemClock())
    from workers.models.local import DIMENSIONS, MODEL, open_local

    _must_equal("embedding.model", settings.model, MODEL)
    _must_equal("embedding.dimensions", settings.dimensions, DIMENSIONS)
    return open_local()


def open_chat_model(settings: ChatSettings, *, clock: Clock | None = None) -> AbstractAsyncContextManager[ChatModel]:
    """The chat model that the settings name.

    Raises:
        ConfigError: There is neither an API key nor a server that needs none.
    """
    from workers.models.anthropic import open_anthropic

    api_key = settings.api_key.get_secret_value() if settings.api_key else ""
    if not api_key and not settings.base_url:
        raise _config_error("chat.api_key", "is needed, unless chat.base_url names a server that needs none")
    return open_anthropic(
        api_key=api_key,
        base_url=settings.base_url,
        silence=settings.timeout,
        concurrency=settings.concurrency,
        clock=clock or SystemClock(),
    )


def _must_equal(path: str, found: object, expected: object) -> None:
    if found != expected:
        raise _config_error(path, f"the local model is {expected}", value=repr(found))


def _config_error(path: str, message: str, value: str | None = None) -> ConfigError:
    problem = Problem(path=path, line=None, message=message, value=value)
    return ConfigError(file=DEFAULT_FILE, problems=(problem,))
