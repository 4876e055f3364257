"""Claims as CEL: what is quoted stays quoted."""

import pytest

from envoy.claims import PAYLOAD, by_issuer, quoted, subject_of
from runtime.settings.identity import ClaimNames


@pytest.mark.parametrize(("text", "expression"), [("a", "'a'"), ("it's", "'it\\'s'"), ("a\\", "'a\\\\'")])
def test_text_is_quoted(text: str, expression: str) -> None:
    """No name from gateway.yaml can end a CEL string."""
    assert quoted(text) == expression


def test_one_issuer_needs_no_choice() -> None:
    """With one issuer its expression stands alone; with two the token's issuer chooses."""
    assert by_issuer({"i": "x"}) == "x"
    assert by_issuer({"i": "x", "j": "y"}) == f"{PAYLOAD}['iss'] == 'i' ? (x) : (y)"


def test_a_claim_of_the_whole_name_comes_first() -> None:
    """A name with a dot is looked for as it stands, then as a path, as the processor does."""
    expression = subject_of(ClaimNames(subject="user.id"))
    assert expression == f"'user.id' in {PAYLOAD} ? {PAYLOAD}['user.id'] : {PAYLOAD}['user']['id']"
