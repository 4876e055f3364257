"""Which processes make a Sluice, and what each is told."""

import sys

import pytest

from local.commands import ROOT, commands
from local.errors import CountInvalid
from local.ports import DEFAULTS, Ports
from runtime.settings.load import load

PORTS = Ports(dict(DEFAULTS))
ENVIRON = {
    "SLUICE_ID_KEY": "i" * 32,
    "SLUICE_RECORD_KEY": "r" * 32,
    "ANTHROPIC_API_KEY": "sk-secret",
    "SLUICE_PROCESSORS": "2",
    "SLUICE_RESULTS": "2",
}
GATEWAY = load(ROOT / "gateway.yaml", environ=ENVIRON)


def test_every_part_is_there() -> None:
    """As many processors and results servers as gateway.yaml says, and one of each stage."""
    made = commands(GATEWAY, environ=ENVIRON, ports=PORTS, stand_in=False)

    expected = {"envoy", "processor-0", "processor-1", "results-0", "results-1", "embedder", "retriever", "generator"}
    assert {command.name for command in made} == expected
    assert {command.cwd for command in made} == {ROOT}


def test_the_stand_in_is_there_where_it_is_needed() -> None:
    """It is told its port, which the generator is told as an address."""
    made = {c.name: c for c in commands(GATEWAY, environ=ENVIRON, ports=PORTS, stand_in=True)}

    assert made["stand-in"].args == (sys.executable, "-m", "demo.standin", "--port", "9200")
    assert made["results-1"].args == (sys.executable, "-m", "ext_proc", "results", "--number", "1")


def test_the_providers_key_goes_to_the_generator_alone() -> None:
    """No other process could lose it; and no command shows what it was told."""
    made = commands(GATEWAY, environ=ENVIRON, ports=PORTS, stand_in=True)

    assert [c.name for c in made if "ANTHROPIC_API_KEY" in c.environ] == ["generator"]
    assert not [c for c in made if "sk-secret" in repr(c) or "r" * 32 in " ".join(c.args)]


def test_a_child_may_drain_before_it_is_killed() -> None:
    """The time from SIGTERM to SIGKILL is longer than the drain that gateway.yaml allows."""
    made = {c.name: c for c in commands(GATEWAY, environ=ENVIRON, ports=PORTS, stand_in=False)}

    assert made["envoy"].stop_seconds > GATEWAY.edge.drain
    assert made["processor-0"].stop_seconds > GATEWAY.processor.drain
    assert made["results-0"].stop_seconds > GATEWAY.results.drain
    assert made["generator"].stop_seconds > GATEWAY.workers.drain


def test_a_stage_has_as_many_workers_as_the_environment_says() -> None:
    """The first goes by the stage's name; each knows its number, and a generator the provider's key."""
    environ = {**ENVIRON, "SLUICE_GENERATORS": "2", "SLUICE_RETRIEVERS": ""}
    made = {c.name: c for c in commands(GATEWAY, environ=environ, ports=PORTS, stand_in=False)}

    assert [n for n in made if n.startswith(("ret", "gen", "emb"))] == [
        "embedder",
        "retriever",
        "generator",
        "generator-1",
    ]
    assert made["generator-1"].args == (sys.executable, "-m", "workers", "generator", "--number", "1")
    assert "ANTHROPIC_API_KEY" in made["generator-1"].environ


@pytest.mark.parametrize("text", ["0", "-1", "two", "21", "\u0661"])
def test_what_is_no_number_of_workers_is_refused(text: str) -> None:
    """A typing error is told before anything starts."""
    with pytest.raises(CountInvalid, match=r"SLUICE_RETRIEVERS=.* is no number of workers"):
        commands(GATEWAY, environ={**ENVIRON, "SLUICE_RETRIEVERS": text}, ports=PORTS, stand_in=False)


def test_the_page_runs_where_it_is_served() -> None:
    """It listens where the edge looks for it; without an address there is neither."""
    environ = {**ENVIRON, "SLUICE_PAGE": "127.0.0.1:9220"}
    gateway = load(ROOT / "gateway.yaml", environ=environ)
    made = {c.name: c for c in commands(gateway, environ=environ, ports=PORTS, stand_in=False)}

    assert made["page"].args == (sys.executable, "-m", "demo.page", "--host", "127.0.0.1", "--port", "9220")
