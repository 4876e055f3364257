"""The proof on records."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.signature import Signed, Signer

SIGNER = Signer("a key of at least thirty-two bytes")
SIGNED = st.builds(
    Signed, topic=st.text(), key=st.binary(), user_id=st.text(), tier=st.text(), body=st.binary(max_size=64)
)


@given(signed=SIGNED)
def test_what_was_signed_verifies(signed: Signed) -> None:
    """A signature fits exactly what it was made over."""
    assert SIGNER.verify(signed, SIGNER.sign(signed))


@given(signed=SIGNED, other=SIGNED)
def test_any_change_of_any_part_fails(signed: Signed, other: Signed) -> None:
    """Each part alone, changed to anything else, breaks the proof."""
    signature = SIGNER.sign(signed)
    for part in ("topic", "key", "user_id", "tier", "body"):
        changed = replace(signed, **{part: getattr(other, part)})
        assert (changed == signed) == SIGNER.verify(changed, signature)


@given(signed=SIGNED, cut=st.integers(min_value=0, max_value=8))
def test_parts_cannot_lend_to_each_other(signed: Signed, cut: int) -> None:
    """Moving the border between two parts is a change too."""
    assume(signed.user_id[cut:])
    moved = replace(signed, user_id=signed.user_id[:cut], tier=signed.user_id[cut:] + signed.tier)

    assert not SIGNER.verify(moved, SIGNER.sign(signed))


@given(signed=SIGNED)
def test_another_key_fails(signed: Signed) -> None:
    """Only who has the key can sign."""
    assert not SIGNER.verify(signed, Signer("another key of thirty-two bytes or more").sign(signed))


@given(signed=SIGNED, signature=st.text(max_size=40))
def test_no_text_but_the_signature_fits(signed: Signed, signature: str) -> None:
    """An empty, short, long or foreign text is refused and never raises."""
    assume(signature != SIGNER.sign(signed))

    assert not SIGNER.verify(signed, signature)


def test_the_key_is_never_shown() -> None:
    """A signer in a log line gives nothing away."""
    assert repr(SIGNER) == "Signer(...)"


def test_the_signature_is_32_hexadecimal_digits() -> None:
    """The header has the form that its schema promises; the value is pinned, since records outlive versions."""
    signed = Signed(topic="rag.queries", key=b"k", user_id="alice", tier="free", body=b"{}")

    assert SIGNER.sign(signed) == "6d2295725a44976c8f5c93c3b981c06e"


def test_an_accepted_key_verifies_and_does_not_sign() -> None:
    """Beside the key in use others are believed, and no third one is."""
    other = Signer("another key of thirty-two bytes or more")
    both = Signer("a key of at least thirty-two bytes", "another key of thirty-two bytes or more")
    signed = Signed(topic="rag.queries", key=b"k", user_id="alice", tier="free", body=b"{}")

    assert both.sign(signed) == SIGNER.sign(signed)
    assert both.verify(signed, SIGNER.sign(signed))
    assert both.verify(signed, other.sign(signed))
    assert not both.verify(signed, Signer("k" * 32).sign(signed))
