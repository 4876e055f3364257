"""Which port each part listens on."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from local.errors import PortInUse, PortInvalid
from local.kafka.ports import free_port, is_free
from local.ports import DEFAULTS, PUBLIC, Ports, _row


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_are_free_and_apart() -> None:
    """Two parts never meet, also where one of them has several processes."""
    ports = Ports.free().by_variable
    rows = {port for name, first in ports.items() for port in _row(name, first)}

    assert set(ports) == set(DEFAULTS)
    assert len(rows) == len(DEFAULTS) - 5 + 5 * 20
    assert all(is_free(port) for port in rows)


def test_a_chosen_port_is_kept() -> None:
    """What the environment names is what the parts are told."""
    public, admin = free_port(), free_port()
    ports = Ports.choose({PUBLIC: str(public), "SLUICE_ADMIN_PORT": str(admin), "SLUICE_RESULTS_PORT": ""})

    assert (ports[PUBLIC], ports["SLUICE_ADMIN_PORT"]) == (public, admin)
    assert ports.environ()[PUBLIC] == str(public)
    assert set(ports.environ()) == set(DEFAULTS)


@pytest.mark.parametrize(("variable", "what"), [(PUBLIC, "public address"), ("SLUICE_EMBEDDER_PORT", "embedder")])
def test_a_chosen_port_in_use_is_one_clear_line(taken: int, variable: str, what: str) -> None:
    """The line says which part, which port, and how to choose another."""
    expected = f"port {taken}, for the {what}, is in use; choose another with {variable}=..."
    with pytest.raises(PortInUse, match=expected.replace(".", r"\.")):
        Ports.choose({PUBLIC: str(free_port()), variable: str(taken)})


def test_a_port_that_nobody_chose_gives_way() -> None:
    """Something of somebody else's on the usual port does not stop a demo."""
    usual = DEFAULTS["SLUICE_PROCESSOR_PORT"]
    with ExitStack() as held:
        with suppress(OSError):  # where it is in use already, all the better
            held.enter_context(socket.create_server(("127.0.0.1", usual)))
        ports = Ports.choose({PUBLIC: str(free_port())})

    assert ports["SLUICE_PROCESSOR_PORT"] != usual
    assert is_free(ports["SLUICE_PROCESSOR_PORT"])


def test_two_systems_that_are_not_up_yet_are_kept_apart() -> None:
    """The usual ports are given to one of them, though nothing listens there so far."""
    one, two = (Ports.choose({PUBLIC: str(free_port())}).by_variable for _ in range(2))

    assert not {one[name] for name in DEFAULTS} & {two[name] for name in DEFAULTS}


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80.0", "\u0661"])
def test_what_is_no_port_is_refused(text: str) -> None:
    """A typing error is told before anything starts."""
    with pytest.raises(PortInvalid, match="is no port"):
        Ports.choose({PUBLIC: text})


def test_a_profile_has_a_usual_port_of_its_own() -> None:
    """It takes the place of the usual one, and gives way to the environment's."""
    usual, chosen = free_port(), free_port()

    assert Ports.choose({}, public=usual)[PUBLIC] == usual
    assert Ports.choose({PUBLIC: str(chosen)}, public=usual)[PUBLIC] == chosen
