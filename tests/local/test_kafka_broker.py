"""The local Kafka: a real broker that starts, survives, and leaves nothing behind."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from local.kafka.broker import KafkaBroker
from local.kafka.errors import BrokerFailed, PortTaken
from local.kafka.ports import free_port, is_free
from local.kafka.probe import answers

pytestmark = pytest.mark.kafka


async def test_it_answers_once_entered(kafka: KafkaBroker) -> None:
    """Entering the context returns only when the broker serves requests."""
    assert await answers(kafka.port)
    assert f"127.0.0.1:{kafka.port}" == kafka.bootstrap


async def test_it_comes_back_on_its_port_after_a_kill(own_kafka: KafkaBroker) -> None:
    """A killed broker is silent, and one started again on the same data answers at the same address."""
    await own_kafka.kill()
    assert not await answers(own_kafka.port)
    await own_kafka.start()
    assert await answers(own_kafka.port)


async def test_a_paused_broker_is_silent_until_resumed(own_kafka: KafkaBroker) -> None:
    """A pause keeps the process and stops the answers; a stop ends even a paused one."""
    own_kafka.pause()
    assert not await answers(own_kafka.port, timeout=0.3)
    own_kafka.resume()
    assert await answers(own_kafka.port)
    own_kafka.pause()
    await own_kafka.stop()
    assert own_kafka.pid is None
    await own_kafka.stop()
    await own_kafka.restart()
    assert await answers(own_kafka.port)


async def test_a_taken_port_is_named(kafka: KafkaBroker, tmp_path: Path) -> None:
    """A port that is in use is one clear error, before anything is started."""
    with pytest.raises(PortTaken, match=str(kafka.port)):
        await KafkaBroker(tmp_path, kafka.port).start()


async def test_a_broker_that_dies_shows_the_end_of_its_log(tmp_path: Path) -> None:
    """When the broker cannot start, the error carries what it said last."""
    async with KafkaBroker(tmp_path) as broker:
        await broker.stop()
        (tmp_path / "data" / "meta.properties").write_text("version=1\ncluster.id=other\nnode.id=7\n")
        with pytest.raises(BrokerFailed, match="ended with status") as caught:
            await broker.start()
    assert "node" in caught.value.tail


async def test_storage_that_cannot_be_formatted_is_an_error(tmp_path: Path) -> None:
    """A data folder that is a file ends the start with the formatter's own words."""
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(BrokerFailed, match="format"):
        async with KafkaBroker(tmp_path):
            pass


async def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A parent killed with -9 leaves no broker behind."""
    port = free_port()
    code = f"import asyncio, pathlib; from local.kafka.broker import KafkaBroker as B\nasync def main():\n async with B(pathlib.Path({str(tmp_path)!r}), {port}) as b:\n  print(b.pid, flush=True); await asyncio.Event().wait()\nasyncio.run(main())"
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await asyncio.wait_for(parent.stdout.readline(), 60))
    gone = os.pidfd_open(child)
    parent.kill()
    await parent.wait()
    try:
        await _readable(gone)
    finally:
        os.close(gone)
    assert is_free(port)


async def _readable(descriptor: int) -> None:
    """A pid's descriptor is readable once the process has ended."""
    seen = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, seen.set)
    try:
        await asyncio.wait_for(seen.wait(), 10)
    finally:
        loop.remove_reader(descriptor)
