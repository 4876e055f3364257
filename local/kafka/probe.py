"""Asks whether a broker answers, by one Metadata request of the Kafka protocol."""

import asyncio
import struct

METADATA, VERSION = 3, 5  # version 5 is the last before compact encodings that every broker since 1.0 speaks
NO_TOPICS, NO_AUTO_CREATE = 0, False


async def answers(port: int, *, timeout: float = 2.0) -> bool:  # noqa: ASYNC109 - the caller polls with it
    """Whether the broker on `port` says that it serves, which it does once it is registered and not fenced."""
    try:
        async with asyncio.timeout(timeout):
            return await _brokers(port) > 0
    except (OSError, EOFError, TimeoutError):
        return False


async def _brokers(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = struct.pack(">hhihi?", METADATA, VERSION, 1, -1, NO_TOPICS, NO_AUTO_CREATE)
        writer.write(struct.pack(">i", len(body)) + body)
        # size, correlation id, throttle time, then the array of brokers with its length first
        _, _, _, count = struct.unpack(">iiii", await reader.readexactly(16))
        return int(count)
    finally:
        writer.close()
