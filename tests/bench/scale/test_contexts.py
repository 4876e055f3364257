"""Contexts whose answers are long."""

import orjson

from bench.scale.contexts import TOKENS, passages, write
from bus.memory.bus import MemoryBus
from bus.records import Partition
from demo.standin.reply import compose
from demo.standin.request import parse
from runtime.settings.kafka import TopicSettings
from schemas.context import decode
from workers.models.prompt import compose as asked
from workers.ports import Prompt
from workers.topics import CONTEXTS


def test_answers_are_as_long_as_is_said() -> None:
    """Else they would end while they are measured."""
    prompt = Prompt(question="What is a weir and what does a weir do?", passages=passages(), model="m", max_tokens=1024)
    message = {"role": "user", "content": list(asked(prompt).content)}
    body = {"model": "m", "max_tokens": 1024, "stream": True, "messages": [message]}
    request = parse(orjson.dumps(body))
    reply = compose(
        identity="i", model="m", question=request.question, results=request.results, input_tokens=1, max_tokens=1024
    )
    assert reply.output_tokens >= TOKENS


async def test_contexts_are_what_a_retriever_writes() -> None:
    """Each with an id of its own."""
    bus = MemoryBus()
    async with bus.admin() as admin, bus.producer() as producer, bus.reader() as reader:
        await admin.ensure({CONTEXTS: TopicSettings(partitions=1)})
        await write(producer, 3, secret="r" * 32, ids="i" * 32)
        records = await reader.read(Partition(CONTEXTS, 0), 0, limit=10)
    assert len({decode(record.value or b"").query_id for record in records}) == 3
