"""The streams that are opened are those of queries that the gateway would know."""

from bench.address import Address
from bench.body import CALLERS
from bench.streams import records
from bench.streams.keys import issue, requests
from ext_proc.identifiers import Identifiers
from local.tokens import SigningKey
from schemas.envelope import doubt
from schemas.signature import Signer

SECRET = "s" * 40
SIGNING = SigningKey.generate()


def test_ids_are_their_owners() -> None:
    """Each resolves for its owner and for nobody else, and no two are alike."""
    keys = issue(CALLERS + 1, secret=SECRET)
    identifiers = Identifiers(SECRET)
    assert all(identifiers.resolve(key.value, subject=key.owner) for key in keys)
    assert identifiers.resolve(keys[0].value, subject=keys[1].owner) is None
    assert (CALLERS + 1, CALLERS) == (len({key.value for key in keys}), len({key.owner for key in keys}))


def test_requests() -> None:
    """Each asks for its key's stream with a token of its owner, who is the same at most once in `CALLERS`."""
    keys = issue(CALLERS + 1, secret=SECRET)
    asked = requests(keys, signing=SIGNING, at=Address(port=1234))
    assert all(f"GET /results/{key.value} HTTP/1.1\r\n" in text for key, text in zip(keys, asked, strict=True))
    tokens = [text.partition("authorization: ")[2].partition("\r\n")[0] for text in asked]
    assert (CALLERS, tokens[0]) == (len(set(tokens)), tokens[-1])


def test_records_are_trusted() -> None:
    """What the bench writes is signed as Sluice signs, so that it is passed over nowhere."""
    signer = Signer(SECRET)
    for make in (records.delta, records.question):
        body, headers = make(topic="t", key=b"k", owner="alice", number=1, signer=signer)
        assert doubt(topic="t", key=b"k", headers=headers, body=body, signer=signer) is None
