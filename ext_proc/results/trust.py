"""Which records are shown: those that Sluice wrote. Whoever can write to Kafka cannot answer in its name."""

from collections.abc import Callable

from bus.records import Received
from schemas.signature import Signed, Signer

Trust = Callable[[Received], bool]

_NAMES = ("user-id", "user-tier", "identity-sig")


def anybody(_record: Received) -> bool:
    """Trusts every record: for a topic that nobody else can write to."""
    return True


def signed_by(signer: Signer) -> Trust:
    """Trusts a record whose signature fits its topic, key, identity and body, with each header there once."""

    def trusts(record: Received) -> bool:
        headers = dict(record.headers)
        user, tier, signature = (headers.get(name, b"").decode("utf-8", "replace") for name in _NAMES)
        if record.key is None or not (user and tier and signature) or len(headers) != len(record.headers):
            return False
        signed = Signed(topic=record.topic, key=record.key, user_id=user, tier=tier, body=record.value or b"")
        return signer.verify(signed, signature)

    return trusts
