"""A scope is required, or the request ends here."""

import pytest

from ext_proc.plugins.require import RequireSettings
from tests.fixtures.processor import CLAIMS, Processor


async def test_a_missing_scope_is_403(processor: Processor) -> None:
    """The answer names the scope, in the challenge and in the problem, and nothing is written."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "scope": "proxy:stream"})
    assert answer.status == 403
    assert 'error="insufficient_scope", scope="proxy:publish"' in answer.headers["www-authenticate"]
    assert answer.document["scope"] == "proxy:publish"
    assert await processor.records("rag.queries") == []


async def test_a_refusal_comes_before_the_body(processor: Processor) -> None:
    """What the headers decide is answered without waiting for a body."""
    answer = await processor.ask("GET", "/results/q1", claims={**CLAIMS, "scope": "proxy:publish"})
    assert answer.status == 403


@pytest.mark.parametrize("scope", ["", "two words", 'quo"te', "back\\slash"])
def test_a_scope_is_one_token(scope: str) -> None:
    """What could break out of the challenge is refused at start."""
    with pytest.raises(ValueError, match="scope"):
        RequireSettings(scope=scope)
