"""Whether a record was written by a part of Sluice."""

from bus.records import Received
from schemas.signature import Signed, Signer
from workers.errors import Untrusted


def verify(record: Received, signer: Signer) -> None:
    """Returns where the record's signature fits its topic, key, identity and body.

    Raises:
        Untrusted: It is missing, or does not fit.
    """
    signature, user_id, tier = (record.header(name) for name in ("identity-sig", "user-id", "user-tier"))
    if record.key is None or not signature or not user_id or not tier:
        raise Untrusted("the record has no key, identity or signature")
    if len({name for name, _ in record.headers}) != len(record.headers):
        raise Untrusted("a header is there twice")
    signed = Signed(topic=record.topic, key=record.key, user_id=user_id, tier=tier, body=record.value or b"")
    if not signer.verify(signed, signature):
        raise Untrusted("the signature does not fit the record")
