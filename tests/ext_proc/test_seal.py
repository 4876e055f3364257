"""What was sealed opens as it was, or not at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.seal import LONGEST, RANDOM_BYTES, Seal

KEY = "k" * 32
RANDOM = bytes(range(RANDOM_BYTES))
SEAL = Seal(KEY, purpose="ticket")
randoms = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(content=st.binary(max_size=500), bound=st.text(max_size=50), random=randoms)
def test_it_opens_as_it_was(content: bytes, bound: str, random: bytes) -> None:
    """Whatever it holds, for whatever it is bound to, and in characters that a URL and a cookie take as they are."""
    text = SEAL.close(content, bound=bound, random=random)
    assert content == SEAL.open(text, bound=bound)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@given(content=st.binary(max_size=60), random=randoms, bound=st.text(max_size=9), other=st.text(max_size=9))
def test_it_opens_for_nothing_else(content: bytes, random: bytes, bound: str, other: str) -> None:
    """Another path, another purpose and another key each keep it shut."""
    text = SEAL.close(content, bound=bound, random=random)
    if other != bound:
        assert SEAL.open(text, bound=other) is None
    assert Seal(KEY, purpose="cookie").open(text, bound=bound) is None
    assert Seal("x" * 32, purpose="ticket").open(text, bound=bound) is None


def test_one_changed_character_is_noticed() -> None:
    """Every other character in every place, also where base64 has bits to spare; so is one more and one less."""
    for length in range(4):
        text = SEAL.close(b"c" * length, bound="/p", random=RANDOM)
        for place in range(len(text)):
            for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=%+/ \n\0é":
                changed = text[:place] + other + text[place + 1 :]
                assert changed == text or SEAL.open(changed, bound="/p") is None
            assert SEAL.open(text[:place], bound="/p") is None
        assert SEAL.open(text + "A", bound="/p") is None
        assert SEAL.open(text + "=", bound="/p") is None


@given(place=st.integers(0, 79), flip=st.integers(1, 255))
def test_one_changed_byte_is_noticed(place: int, flip: int) -> None:
    """In the random bytes, in the content and in the tag."""
    sealed = bytearray(base64.urlsafe_b64decode(SEAL.close(b"c" * 40, bound="/p", random=RANDOM)[3:] + "=="))
    assert len(sealed) == 80
    sealed[place] ^= flip
    text = "v1." + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    assert SEAL.open(text, bound="/p") is None


@given(text=st.text(max_size=100))
def test_nothing_else_opens(text: str) -> None:
    """Nor raises."""
    assert SEAL.open(text, bound="/p") is None
    assert SEAL.open(f"v1.{text}", bound="/p") is None


@pytest.mark.parametrize("text", ["", "v1.", "v1.A", "v2.", "v1." + "A" * 32, "v1." + "A" * LONGEST])
def test_short_and_long_ones_do_not_open(text: str) -> None:
    """Neither what is no base64, nor what has no room for its random bytes or tag, nor what is too long to be looked at."""
    assert SEAL.open(text, bound="/p") is None


def test_another_version_does_not_open() -> None:
    """The version is a part of what is sealed."""
    text = SEAL.close(b"c", bound="/p", random=RANDOM)
    assert SEAL.open("v2" + text[2:], bound="/p") is None


def test_the_content_and_the_key_are_not_seen() -> None:
    """Equal contents differ, and a seal never shows its key."""
    first = SEAL.close(b"alice" * 9, bound="/p", random=RANDOM)
    second = SEAL.close(b"alice" * 9, bound="/p", random=RANDOM[::-1])
    assert first[40:] != second[40:]
    assert b"alice" not in base64.urlsafe_b64decode(first[3:] + "==")
    assert repr(SEAL) == "Seal(...)"


def test_a_text_may_be_the_same_again() -> None:
    """For the same request, content and bound; with any of them different, key and nonce are others."""
    first = SEAL.once(b"c", bound="/p", unique=b"u")
    assert first == SEAL.once(b"c", bound="/p", unique=b"u")
    others = {
        SEAL.once(b"d", bound="/p", unique=b"u"),
        SEAL.once(b"c", bound="/q", unique=b"u"),
        SEAL.once(b"c", bound="/p", unique=b"v"),
        Seal("another", purpose="p").once(b"c", bound="/p", unique=b"u"),
    }
    assert len({first, *others}) == 5
    assert SEAL.open(SEAL.close(b"c", bound="/p", random=first), bound="/p") == b"c"
