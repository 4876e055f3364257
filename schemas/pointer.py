"""JSON pointers as URI fragments (RFC 6901, 6)."""

from collections.abc import Iterable
from urllib.parse import quote

# What a fragment may hold unescaped (RFC 3986, 3.5), without the / that parts the steps.
_PLAIN = "!$&'()*+,;=:@?~-._"


def pointer(steps: Iterable[str | int]) -> str:
    """The pointer to what is found by these steps from the root; `#` where there are none."""
    return "#" + "".join(f"/{_step(step)}" for step in steps)


def _step(step: str | int) -> str:
    escaped = str(step).replace("~", "~0").replace("/", "~1")
    return quote(escaped, safe=_PLAIN, errors="replace")
