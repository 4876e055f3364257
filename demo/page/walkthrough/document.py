"""The walkthrough as the page reads it."""

import re
from collections.abc import Mapping
from typing import Any

from demo.page.walkthrough.shell import MAKE, URL
from demo.page.walkthrough.steps import STEPS
from demo.place import Place

_MINTING = re.compile(rf"{MAKE} token((?: (?:TIER|SUB|TTL)=[$\w-]+)*)")


def document(place: Place, *, token_command: str | None = None) -> Mapping[str, Any]:
    """All steps, with commands that find this place; `token_command` as for `moved`."""
    return {
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                "text": step.text,
                "commands": [
                    moved(command.text, place=place, token_command=token_command) for command in step.commands
                ],
                "expected": step.expected,
            }
            for step in STEPS
        ]
    }


def moved(command: str, *, place: Place, token_command: str | None = None) -> str:
    """A command of the walkthrough, for a place that need not be the usual one.

    Args:
        command: As the step has it.
        place: Where the demo runs.
        token_command: What prints tokens where make does not know the keys, as in containers; it has the options of `demo.token`.
    """
    command = command.replace(URL, place.url)
    if token_command is None:
        return command.replace(MAKE, place.prefix + MAKE)
    return _MINTING.sub(lambda found: f"{token_command}{_options(found[1])}", command)


def _options(variables: str) -> str:
    """`TIER=free TTL=-600` of make, as options."""
    pairs = (variable.split("=") for variable in variables.split())
    return "".join(f" --{name.lower()}={value}" for name, value in pairs)
