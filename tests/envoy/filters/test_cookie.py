"""Our cookie reaches the processor, alone; no cookie reaches anything else."""

import pytest

from ext_proc.tickets import COOKIE_NAME
from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


async def test_ours_is_read_where_a_plugin_wants_it(edge: Edge) -> None:
    """As metadata, whatever cookies of other people's stand beside it; the header itself is gone for all."""
    jar = f"session=their-secret; {COOKIE_NAME}=v1.abc-_; theme=dark"
    answer, seen = await edge.ask_without("/watch/q", address="127.0.0.21", headers={"cookie": jar})
    assert answer.status_code == 200
    assert seen is not None
    assert seen.head.cookie == "v1.abc-_"
    assert "cookie" not in seen.head.headers
    upstream = edge.results.seen[seen.head.headers["x-test"]]
    assert not [name for name in upstream if name.lower() == "cookie"]
    assert "v1.abc-_" not in str(upstream)


@pytest.mark.parametrize("jar", ["session=their-secret", ""])
async def test_without_ours_there_is_none(edge: Edge, jar: str) -> None:
    """Other cookies are nobody's here."""
    _, seen = await edge.ask_without("/watch/q", address="127.0.0.22", headers={"cookie": jar} if jar else {})
    assert seen is not None
    assert seen.head.cookie == ""


async def test_elsewhere_it_is_not_read(edge: Edge) -> None:
    """A route whose plugins do not ask for it sends nothing of it."""
    _, seen = await edge.ask("/chunks", json={}, headers={"cookie": f"{COOKIE_NAME}=v1.abc"})
    assert seen is not None
    assert seen.head.cookie == ""
