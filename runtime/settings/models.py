"""Which models and which index are used."""

from typing import Literal

from pydantic import Field, PositiveInt, SecretStr

from runtime.settings.base import Seconds, Section


class EmbeddingSettings(Section):
    """How text becomes vectors. Changing the model means a new index: see docs/operations of replay."""

    provider: Literal["local", "openai"] = "local"
    model: str = "all-MiniLM-L6-v2"
    dimensions: PositiveInt = 384
    base_url: str | None = Field(default=None, description="`openai`: any server that speaks /v1/embeddings")
    api_key: SecretStr | None = Field(default=None, description="`openai`: from the environment")
    timeout: Seconds = 30.0
    batch_texts: PositiveInt = Field(default=32, description="texts in one call at most")
    batch_tokens: PositiveInt = Field(default=8192, description="tokens in one call at most, as the model counts them")
    linger: Seconds = Field(default=0.02, description="seconds to wait for a fuller batch")
    concurrency: PositiveInt = Field(default=2, description="calls at once")


class PriceSettings(Section):
    """US dollars for a million tokens."""

    input: float = 0.0
    output: float = 0.0


class ChatSettings(Section):
    """The model that answers. Without an API key the base URL must be that of a server that needs none."""

    provider: Literal["anthropic"] = "anthropic"
    base_url: str | None = None
    api_key: SecretStr | None = None
    max_tokens: PositiveInt = 1024
    timeout: Seconds = 60.0
    concurrency: PositiveInt = Field(default=64, description="answers being written at once in one generator")
    tiers: dict[str, str] = Field(description="tier -> model name; every tier must be named")
    prices: dict[str, PriceSettings] = {}


class IndexSettings(Section):
    """Where vectors are searched."""

    provider: Literal["qdrant-edge", "qdrant"] = "qdrant-edge"
    path: str = Field(
        default=".sluice/index", description="`qdrant-edge`: the folder; may be deleted, is rebuilt from Kafka"
    )
    url: str | None = Field(default=None, description="`qdrant`: the server")
    api_key: SecretStr | None = None
    collection: str = "chunks"
    top_k: PositiveInt = Field(default=5, le=20, description="passages where the query does not say")
    candidates: PositiveInt = Field(default=50, description="hits taken from each leg before they are fused")
