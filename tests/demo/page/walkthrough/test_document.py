"""The walkthrough for wherever the demo runs."""

from demo.page.walkthrough.document import document
from demo.page.walkthrough.shell import MAKE, URL
from demo.page.walkthrough.steps import STEPS
from demo.place import Place


def test_at_the_usual_place_commands_stand_as_they_are_written() -> None:
    """So docs/walkthrough.md and the page agree."""
    told = document(Place.of({}))["steps"]

    assert [step["commands"] for step in told] == [[command.text for command in step.commands] for step in STEPS]


def test_elsewhere_commands_go_there() -> None:
    """Address, port and data folder are those of the demo that serves the page."""
    place = Place.of({"PORT": "9000", "SLUICE_HOME": "/data"})
    commands = [command for step in document(place)["steps"] for command in step["commands"]]

    assert not [command for command in commands if URL in command]
    assert all(f"SLUICE_HOME=/data PORT=9000 {MAKE}" in command for command in commands if MAKE in command)
    assert any("http://127.0.0.1:9000/queries" in command for command in commands)


def test_where_make_knows_no_keys_another_command_does() -> None:
    """In containers the key is in one of them, and nothing of the host's finds it."""
    told = document(Place.of({"SLUICE_HOME": "/signing"}), token_command="in-there mint")["steps"]
    commands = [command for step in told for command in step["commands"]]

    assert not [command for command in commands if MAKE in command or "/signing" in command]
    assert any("$(in-there mint --tier=enterprise --sub=bob)" in command for command in commands)
    assert any("$(in-there mint --tier=free --ttl=-600)" in command for command in commands)
    assert any("$(in-there mint --tier=$tier)" in command for command in commands)
