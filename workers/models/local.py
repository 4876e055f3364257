"""Embeddings by MiniLM-L6-v2 in this process: the weights come with a package, the arithmetic is Rust."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import embed_anything
from tokenizers import Tokenizer

from workers.errors import ModelRejected
from workers.models.tokens import files, tokenizer
from workers.ports import Vector

MODEL = "all-MiniLM-L6-v2"
DIMENSIONS = 384
LONGEST = 512  # tokens; what follows in a longer text is not seen by the model

_THREADS = "OMP_NUM_THREADS"
_REPOSITORY = "local/minilm"
_REVISION = "0" * 40


class LocalEmbedder:
    """An `Embedder` without a network. Made by `open_local`."""

    model = MODEL
    dimensions = DIMENSIONS

    def __init__(self, *, model: Any, tokenizer: Tokenizer, thread: ThreadPoolExecutor) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._thread = thread

    def count_tokens(self, text: str) -> int:
        """How many tokens the model sees in `text`, its two markers included; at most `LONGEST`."""
        return len(self._tokenizer.encode(_scalar(text)).ids)

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """One vector a text, in order. Calls wait for each other; the loop goes on meanwhile.

        Raises:
            ModelRejected: The library cannot take one of the texts.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._embed, texts)

    def _embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        # The library keeps the interpreter's lock while it computes, whatever the thread, and it gains nothing
        # from larger batches (24 texts of 100 tokens a second one by one, 26 by 32). One text a call gives the
        # loop and the bus its turn every 10 to 300 ms, where a batch of 32 would hold them up for over a second.
        return [self._embed_one(text) for text in texts]

    def _embed_one(self, text: str) -> Vector:
        try:
            (found,) = embed_anything.embed_query([_scalar(text)], embedder=self._model)
        except BaseException as error:  # a panic in Rust is no Exception, and nobody interrupts this thread
            raise ModelRejected(provider="local", status=400, detail=f"{type(error).__name__}: {error}") from error
        vector: list[float] = found.embedding
        return vector


@asynccontextmanager
async def open_local() -> AsyncIterator[LocalEmbedder]:
    """Loads the model, in about half a second."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="minilm") as thread:
        model = await loop.run_in_executor(thread, _load)
        yield LocalEmbedder(model=model, tokenizer=tokenizer(longest=LONGEST), thread=thread)


def _load() -> Any:
    with tempfile.TemporaryDirectory(prefix="sluice-minilm-") as home, _environ(_hub_at(Path(home)) | _on_one_thread()):
        model = embed_anything.EmbeddingModel.from_pretrained_hf(_REPOSITORY, revision=_REVISION)
        embed_anything.embed_query([""], embedder=model)  # its threads are begun by the first text
    return model


def _on_one_thread() -> dict[str, str]:
    # A pool of threads that wait for each other by spinning makes a question of ten tokens cost 27 ms of processor
    # time on two cores and take as long, where one thread needs 9 ms; for texts of 450 tokens the two are equal.
    return {} if _THREADS in os.environ else {_THREADS: "1"}


def _hub_at(home: Path) -> dict[str, str]:
    # The library loads from a hub's cache only, and asks the hub about every file first: 11 to 19 s of retries
    # without a network (HF_HUB_OFFLINE and an endpoint that refuses change nothing). A revision that is a commit
    # hash cannot have changed, so for that it trusts the cache and opens no socket: 0.1 s. Hence a cache of links
    # to the package's files, under a made-up hash, for as long as the loading takes. The endpoint is a safeguard:
    # should a later version ask all the same, it asks nobody.
    snapshot = home / "hub" / f"models--{_REPOSITORY.replace('/', '--')}" / "snapshots" / _REVISION
    snapshot.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (snapshot / name).symlink_to(files() / name)
    return {"HF_HOME": str(home), "HF_HUB_CACHE": str(home / "hub"), "HF_ENDPOINT": "http://127.0.0.1:9"}


@contextmanager
def _environ(ours: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _scalar(text: str) -> str:
    # JSON may carry half a surrogate pair, which no tokenizer takes; U+FFFD stands for it as in any decoder.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
