"""Each stage from its parts: what it needs is opened here, in order, and closed in reverse."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

from bus.follower import Follower
from runtime.metrics import ModelMetrics
from workers.answer_log import AnswerLog
from workers.batcher import Batcher
from workers.cancels import Cancels
from workers.indexer import Indexer
from workers.known import Known
from workers.membership import Fence
from workers.metered import MeteredModel
from workers.outbox import Outbox, Unread
from workers.parts import Parts
from workers.ports import Store
from workers.positions import Plan, plan
from workers.quota import Quota
from workers.stage import Stage
from workers.stages.embedder import EmbedderStage
from workers.stages.generator import GeneratorStage
from workers.stages.retriever import RetrieverStage
from workers.topics import ANSWERS, CANCELS, CHUNKS, CONTEXTS, EMBEDDINGS, RESULTS

Name = Literal["embedder", "retriever", "generator"]
Open = Callable[[Parts], AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def open_embedder_stage(parts: Parts) -> AsyncIterator[Stage]:
    """The embedder: its model loaded, its calls gathered."""
    settings = parts.gateway.embedding
    await parts.same_partitions(CHUNKS, EMBEDDINGS)
    async with parts.adapters.embedder(settings) as model:
        batcher = Batcher(model, settings=settings, metrics=parts.metrics, linger=settings.linger)
        async with batcher.running():
            yield EmbedderStage(
                batcher=batcher,
                known=Known(parts.reader, signer=parts.signer),
                scribe=parts.scribe(EmbedderStage.name),
                model=model.model,
                dimensions=model.dimensions,
                metrics=parts.metrics,
            )


@asynccontextmanager
async def open_retriever_stage(parts: Parts) -> AsyncIterator[Stage]:
    """The retriever, once its index holds all that was embedded before it started."""
    settings = parts.gateway.embedding
    async with parts.adapters.embedder(settings) as model, _open_store(parts) as (store, begin):
        # A question does not wait for company: it shares a call only with what came while another was under way.
        batcher = Batcher(model, settings=settings, metrics=parts.metrics, linger=0.0)
        async with batcher.running(), _indexing(parts, store, begin), _cancels(parts) as cancels:
            yield RetrieverStage(
                batcher=batcher,
                index=store,
                cancels=cancels,
                gateway=parts.gateway,
                scribe=parts.scribe(RetrieverStage.name),
                metrics=parts.metrics,
                clock=parts.clock,
            )


@asynccontextmanager
async def open_generator_stage(parts: Parts) -> AsyncIterator[Stage]:
    """The generator: its model's client, and what has been answered already."""
    partitions = await parts.same_partitions(CONTEXTS, RESULTS, ANSWERS)
    metrics = ModelMetrics(parts.registry)
    quota = Quota(
        parts.gateway.chat.limits,
        partitions=partitions,
        weights={tier.name: tier.weight for tier in parts.gateway.tiers},
        metrics=metrics,
        clock=parts.clock,
        aside=parts.aside,
    )
    async with parts.adapters.chat(parts.gateway.chat) as model, _cancels(parts) as cancels:
        yield GeneratorStage(
            model=MeteredModel(model, quota=quota, metrics=metrics, provider=parts.gateway.chat.provider),
            log=AnswerLog(parts.reader, signer=parts.signer, partitions=partitions),
            cancels=cancels,
            producer=Fence(parts.producer, parts.membership),
            gateway=parts.gateway,
            scribe=parts.scribe(GeneratorStage.name),
            metrics=parts.metrics,
            clock=parts.clock,
        )


STAGES: dict[Name, Open] = {
    "embedder": open_embedder_stage,
    "retriever": open_retriever_stage,
    "generator": open_generator_stage,
}


@asynccontextmanager
async def _open_store(parts: Parts) -> AsyncIterator[tuple[Store, Plan]]:
    settings, embedding = parts.gateway.index, parts.gateway.embedding
    async with parts.adapters.index(settings, model=embedding.model, dimensions=embedding.dimensions) as store:
        begin = await _plan(parts, store)
        if not begin.anew or settings.provider != "qdrant-edge":
            yield store, begin
            return
    # What an embedded index holds is a copy of the topic, so it may go; a server's may be another's as well.
    await asyncio.to_thread(shutil.rmtree, settings.path)
    async with parts.adapters.index(settings, model=embedding.model, dimensions=embedding.dimensions) as store:
        yield store, begin


async def _plan(parts: Parts, store: Store) -> Plan:
    stored = await store.load_positions()
    return await parts.answered(lambda: plan(parts.reader, stored, now_ms=parts.clock.now_ms()))


@asynccontextmanager
async def _indexing(parts: Parts, store: Store, begin: Plan) -> AsyncIterator[None]:
    indexer = Indexer(
        parts.bus,
        store,
        embedding=parts.gateway.embedding,
        signer=parts.signer,
        outbox=Outbox(parts.producer, backoff=parts.backoff, author=Unread()),
        backoff=parts.backoff,
        metrics=parts.metrics,
        clock=parts.clock,
    )
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(indexer.run(begin.start))
        await indexer.caught_up.wait()
        try:
            yield
        finally:
            following.cancel()


@asynccontextmanager
async def _cancels(parts: Parts) -> AsyncIterator[Cancels]:
    """What is cancelled, once all is known that was before; a configuration without the topic cancels nothing."""
    topic = parts.gateway.topics.get(CANCELS)
    if topic is None:
        yield parts.cancels
        return
    since = parts.clock.now_ms() - round(topic.retention * 1000) if topic.retention is not None else 0
    follower = Follower(
        parts.bus,
        reader=parts.reader,
        topic=CANCELS,
        since=max(0, since),
        take=parts.cancels.learn,
        wait=parts.backoff.seconds,
    )
    async with follower.running():
        yield parts.cancels
