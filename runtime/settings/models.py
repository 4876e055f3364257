"""Which models and which index are used."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveInt, SecretStr

from runtime.settings.base import Seconds, Section


class EmbeddingSettings(Section):
    """How text becomes vectors. Changing the model means a new index: see docs/operations of replay."""

    provider: Literal["local", "openai"] = "local"
    """`local` runs MiniLM in the process, on one thread unless `OMP_NUM_THREADS` says more; `openai` calls any /v1/embeddings."""

    model: str = "all-MiniLM-L6-v2"
    """Its name; written beside every vector."""

    dimensions: PositiveInt = 384
    """Length of a vector."""

    ask_dimensions: bool = True
    """`openai`: send `dimensions` with each call; off for a server that refuses the parameter."""

    base_url: str | None = None
    """`openai`: any server that speaks /v1/embeddings."""

    api_key: SecretStr | None = None
    """`openai`: from the environment."""

    timeout: Seconds = 30.0
    """Seconds for one call."""

    batch_texts: PositiveInt = 32
    """Texts in one call at most."""

    batch_tokens: PositiveInt = 8192
    """Tokens in one call at most, as the model counts them."""

    linger: Seconds = 0.02
    """Seconds to wait for a fuller batch."""

    concurrency: PositiveInt = 8
    """Calls at once, and connections to the server. `local` computes one text after another, whatever this says."""


class PriceSettings(Section):
    """US dollars for a million tokens."""

    input: float = 0.0
    """For prompt tokens."""

    output: float = 0.0
    """For completion tokens."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Models = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=str | Annotated[list[str], Field(min_length=1)]),
]


class LimitSettings(Section):
    """What a provider allows all workers together for one model. Each keeps to the share of the partitions that it has."""

    requests_per_minute: PositiveInt | None = None
    """Calls begun. Absent: no limit."""

    tokens_per_minute: PositiveInt | None = None
    """Tokens of prompts and answers. Absent: no limit."""


class ChatSettings(Section):
    """The model that answers. Without an API key the base URL must be that of a server that needs none."""

    provider: Literal["anthropic"] = "anthropic"
    """Anthropic Messages."""

    base_url: str | None = None
    """Absent: Anthropic's own."""

    api_key: SecretStr | None = None
    """From the environment."""

    max_tokens: PositiveInt = 1024
    """Tokens of one answer at most."""

    timeout: Seconds = 60.0
    """Seconds without a byte from the model."""

    concurrency: PositiveInt = 64
    """Answers being written at once in one generator, and connections to the server. `workers.generator.concurrency` bounds them as well."""

    tiers: dict[str, Models]
    """Tier -> model name, or a list of them, of which the next one answers where the one before is overloaded."""

    prices: dict[str, PriceSettings] = {}
    """Model -> price; absent: no cost is told."""

    limits: dict[str, LimitSettings] = {}
    """Model -> what its provider allows; absent: no limit is kept."""


class IndexSettings(Section):
    """Where vectors are searched."""

    provider: Literal["qdrant-edge", "qdrant"] = "qdrant-edge"
    """`qdrant-edge` lives in each retriever; `qdrant` is a server."""

    path: str = ".sluice/index"
    """`qdrant-edge`: the folder; may be deleted, is rebuilt from Kafka. A retriever started with `--number N` adds `-N`."""

    url: str | None = None
    """`qdrant`: the server."""

    api_key: SecretStr | None = None
    """`qdrant`: from the environment."""

    collection: str = "chunks"
    """`qdrant`: the collection, made where missing."""

    top_k: PositiveInt = Field(default=5, le=20)
    """Passages where the query does not say."""

    candidates: PositiveInt = 50
    """Hits taken from each leg before they are fused."""
