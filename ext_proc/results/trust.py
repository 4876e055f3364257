"""Which records are shown: those that Sluice wrote. Whoever can write to Kafka cannot answer in its name."""

from collections.abc import Callable

from bus.records import Received
from schemas.envelope import doubt
from schemas.signature import Signer

Trust = Callable[[Received], bool]


def anybody(_record: Received) -> bool:
    """Trusts every record: for a topic that nobody else can write to."""
    return True


def signed_by(signer: Signer) -> Trust:
    """Trusts a record whose signature fits its topic, key, identity and body, with each header there once."""

    def trusts(record: Received) -> bool:
        found = doubt(topic=record.topic, key=record.key, headers=record.headers, body=record.value, signer=signer)
        return found is None

    return trusts
