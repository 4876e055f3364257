"""Whether a record was written by a part of Sluice."""

from bus.records import Received
from schemas.envelope import doubt
from schemas.signature import Signer
from workers.errors import Untrusted


def verify(record: Received, signer: Signer) -> None:
    """Returns where the record's signature fits its topic, key, identity and body.

    Raises:
        Untrusted: It is missing, or does not fit.
    """
    why = doubt(topic=record.topic, key=record.key, headers=record.headers, body=record.value, signer=signer)
    if why is not None:
        raise Untrusted(why)
