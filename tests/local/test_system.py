"""The whole system: up, in parts down and up again, and gone without a trace."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from demo.client import Client
from local.errors import AlreadyRunning, ChildDied, ChildFailed
from local.readiness import by_http
from local.system import System
from runtime.errors import ConfigError
from tests.fixtures.system import records

pytestmark = [pytest.mark.system, pytest.mark.kafka, pytest.mark.envoy, pytest.mark.timeout(300)]

ABSENT = ("stand-in", "results-0", "embedder", "retriever", "generator")


def client(system: System, **claims: str) -> Client:
    return Client(system.public_url, token=system.keys.signing.mint(**claims))  # type: ignore[arg-type]  # texts only


async def test_every_process_is_ready_and_says_so(system: System) -> None:
    """Entered, nobody waits for anybody any more."""
    managed = [name for name in system.names if name not in {"envoy", "stand-in", "page"}]

    assert {"processor-0", "processor-1", "results-0", "embedder", "retriever", "generator"} == set(managed)
    for name in managed:
        assert await by_http(int(system.management_url(name).rsplit(":", 1)[1]))() == "", name
        assert system.pid(name) is not None
        assert system.log(name).exists()


async def test_a_question_is_answered_end_to_end(system: System) -> None:
    """From HTTP over Kafka, search and model back to a stream, with nothing but a token."""
    text = "The heron on the weir is called Ottilie, and she is eleven years old."
    async with client(system, sub="bob") as bob:
        await bob.publish({"doc_id": "heron", "chunk_index": 0, "text": text, "visibility": "public"})
        answer = await until_found(bob, "What is the heron on the weir called?", "Ottilie")

    assert answer["user_id"] == "bob"
    assert answer["sources"][0]["doc_id"] == "heron"


async def test_a_killed_worker_can_be_started_again(system: System) -> None:
    """Its group hands its partitions over, and questions asked in between are answered."""
    async with client(system) as alice:
        await system.kill("generator")
        assert system.pid("generator") is None
        query_id = await alice.ask("What is a weir?")
        await system.start("generator")
        names = [event.name async for event in alice.events(query_id)]

    assert names[-1] == "done"


async def test_a_death_that_nobody_wanted_is_told(system: System) -> None:
    """The supervisor hears of a child that somebody else killed, and of a broker."""
    old = system.pid("results-0")
    assert old is not None
    os.kill(old, signal.SIGKILL)
    async with asyncio.timeout(20):
        death = await system.death()
    await system.start("results-0")

    assert isinstance(death, ChildDied)
    assert death.name == "results-0"
    assert system.pid("results-0") not in {None, old}


async def test_a_restart_keeps_the_address(system: System) -> None:
    """The public port is the same after Envoy was stopped and started."""
    url = system.public_url
    await system.restart("envoy")

    async with client(system) as alice:
        assert (await alice.post("/queries", {})).status == 400
    assert system.public_url == url


async def test_one_system_in_one_folder(system: System) -> None:
    """A second one is told who the first is, and does it no harm."""
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        async with System(system.home):
            pass
    assert system.pid("envoy") is not None


async def test_a_bad_configuration_stops_the_start(tmp_path: Path) -> None:
    """Nothing is started, and the error has file and line."""
    config = tmp_path / "gateway.yaml"
    config.write_text("name: sluice\n")
    with pytest.raises(ConfigError, match=r"gateway\.yaml"):
        async with System(tmp_path / "home", config=config):
            pass


async def test_it_leaves_nothing_running_and_keeps_its_data(tmp_path: Path) -> None:
    """Left, every process and descendant is gone; entered again, the records are still there, and so are the keys."""
    async with System(tmp_path / "s", idle=ABSENT) as system:
        descendants = psutil.Process().children(recursive=True)
        mine = [child for child in descendants if str(system.home) in str(child.environ().get("SLUICE_HOME"))]
        async with client(system) as alice:
            before = await alice.publish({"doc_id": "kept", "chunk_index": 0, "text": "Kept.", "visibility": "public"})
        await system.kafka.kill()
        async with asyncio.timeout(20):
            death = await system.death()
    assert type(death) is ChildFailed
    assert len(mine) == len(("processor-0", "Envoy's supervisor", "Envoy"))
    assert not [child for child in mine if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]

    async with System(system.home, idle=(*ABSENT, "envoy", "processor-0")) as second:
        kept = [
            record.offset for record in await records(second, "rag.chunks") if record.partition == before["partition"]
        ]
    assert kept == [before["offset"]]
    assert system.keys.secrets == second.keys.secrets


async def until_found(asker: Client, question: str, word: str) -> dict[str, Any]:
    """Asks until what was just published can be found."""
    async with asyncio.timeout(60):
        while True:
            done = [event.data async for event in asker.events(await asker.ask(question)) if event.name == "done"]
            if word in done[0]["answer"]:
                return done[0]
