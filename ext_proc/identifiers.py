"""Ids that prove their owner without a lookup.

An id that the gateway issues is a UUIDv7 (RFC 9562, 5.7) and a keyed tag over it and the owner's `sub`:
whoever else presents it holds an id that does not verify, exactly as if it had never existed.
An id that a client chose lives in a namespace of its `sub`: the record key is not the id but a keyed hash with it,
so two callers who choose the same id never meet.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_ISSUED = re.compile(r"[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}-[A-Za-z0-9_-]{16}\Z")
_CHOSEN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
FORM = "^[A-Za-z0-9_-]{1,64}$"
"""Of any id, as a JSON Schema has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedId:
    """An id that its presenter owns.

    Attributes:
        value: As the client sees it.
        key: The record key on every topic.
        issued_at: When the gateway made it, in ms since the epoch; `None` where the client chose it.
    """

    value: str
    key: str
    issued_at: int | None


def key_name(key: str) -> str:
    """Names a key in records, and gives nothing of it away."""
    return hashlib.blake2b(_derived(key), digest_size=4, person=b"sluice-name").hexdigest()


class Identifiers:
    """Issues ids with one secret key, and resolves those of that and of the keys that are accepted beside it.

    Attributes:
        current: Names the key that issues; it is no secret.
    """

    def __init__(self, key: str, *accepted: str, names: str | None = None) -> None:
        """`names` is the key of the namespaces in which chosen ids live; the first, where there is none."""
        self._names = _derived(names or key)
        self._keys = {key_name(each): _derived(each) for each in (key, *accepted)}
        self.current = key_name(key)

    def __repr__(self) -> str:
        """Never shows the key."""
        return "Identifiers(...)"

    def issue(self, *, subject: str, now_ms: int, random: bytes, by: str = "") -> OwnedId:
        """A new id for `subject`; `random` is ten bytes of which 74 bits are used.

        With the key that `by` names, where that is still there: an id that is made again is the same.
        """
        tail = int.from_bytes(random, "big")
        number = (
            (now_ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
        )
        unique = f"{number:032x}"
        key = self._keys.get(by, self._keys[self.current])
        value = f"{unique}-{_tag(key, 'issued', subject, unique)}"
        return OwnedId(value=value, key=value, issued_at=now_ms)

    def resolve(self, value: str, *, subject: str) -> OwnedId | None:
        """The id as `subject` owns it; `None` where it is not an id, or an issued one of somebody else."""
        if not _CHOSEN.match(value):
            return None
        if not _ISSUED.match(value):
            return OwnedId(value=value, key=f"{_tag(self._names, 'chosen', subject, '')}.{value}", issued_at=None)
        unique, tag = value[:32], value[33:]
        if not any(hmac.compare_digest(_tag(key, "issued", subject, unique), tag) for key in self._keys.values()):
            return None
        return OwnedId(value=value, key=value, issued_at=int(unique[:12], 16))


def _derived(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=64, person=b"sluice-ids").digest()


def _tag(key: bytes, purpose: str, subject: str, unique: str) -> str:
    text = f"{purpose}\0{unique}\0{subject}".encode()
    digest = hashlib.blake2b(text, key=key, digest_size=12).digest()
    return base64.urlsafe_b64encode(digest).decode()
