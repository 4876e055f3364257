"""gateway.yaml -> index. Swapping it is a line there; only the adapter that is chosen is imported."""

from contextlib import AbstractAsyncContextManager

from runtime.errors import ConfigError, Problem
from runtime.settings.load import DEFAULT_FILE
from runtime.settings.models import IndexSettings
from workers.ports import Store

# ruff: noqa: PLC0415 - lazy imports are what this file is for


def open_index(settings: IndexSettings, *, model: str, dimensions: int) -> AbstractAsyncContextManager[Store]:
    """The index that the settings name, for vectors of this model.

    Raises:
        ConfigError: The settings do not suffice, or the index cannot be used.
    """
    if settings.provider == "qdrant":
        if not settings.url:
            problem = Problem(path="index.url", line=None, message="is needed with provider qdrant")
            raise ConfigError(file=DEFAULT_FILE, problems=(problem,))
        from workers.index.qdrant import open_qdrant

        return open_qdrant(settings, model=model, dimensions=dimensions)
    from workers.index.qdrant_edge import open_edge

    return open_edge(settings, model=model, dimensions=dimensions)
