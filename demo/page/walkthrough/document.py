"""The walkthrough as the page reads it."""

from collections.abc import Mapping
from typing import Any

from demo.page.walkthrough.shell import MAKE, URL
from demo.page.walkthrough.steps import STEPS
from demo.place import Place


def document(place: Place) -> Mapping[str, Any]:
    """All steps, with commands that find this place."""
    return {
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                "text": step.text,
                "commands": [moved(command.text, place=place) for command in step.commands],
                "expected": step.expected,
            }
            for step in STEPS
        ]
    }


def moved(command: str, *, place: Place) -> str:
    """A command of the walkthrough, for a place that need not be the usual one."""
    return command.replace(URL, place.url).replace(MAKE, place.prefix + MAKE)
