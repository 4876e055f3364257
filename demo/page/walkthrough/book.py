"""The walkthrough as docs/walkthrough.md."""

from collections.abc import Iterator

from demo.page.walkthrough.shell import URL
from demo.page.walkthrough.step import Step
from demo.page.walkthrough.steps import STEPS

FILE = "docs/walkthrough.md"
OPENING = f"""\
# Walkthrough

Ten steps through Sluice, from a token to what happens to those who forge one.

`make demo` serves a page that leads through them: open {URL}/, and press *Do it* at each step.
The same can be done from a terminal, in the repository's folder while the demo runs; each command works by itself.
A demo that runs elsewhere says so: `PORT=9000 make demo` has its page, and its commands, at that port.

The commands are those of `demo/page/walkthrough`, from which this page and the one in the browser are made,
and the tests run each of them and look for what is said to be seen.
"""


def book() -> str:
    """The whole page."""
    return "\n".join([OPENING, *(line for number, step in enumerate(STEPS, 1) for line in _chapter(number, step))])


def _chapter(number: int, step: Step) -> Iterator[str]:
    yield f"## {number}. {step.title}\n"
    yield _by_sentences(step.text) + "\n"
    for command in step.commands:
        yield f"```sh\n{command.text}\n```\n"
    yield f"What is to be seen:\n{step.expected}\n"
    yield f"![The step in the page](images/walkthrough-{step.id}.png)\n"


def _by_sentences(text: str) -> str:
    return text.replace(". ", ".\n")
