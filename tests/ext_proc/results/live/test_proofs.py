"""Which keys are known to exist."""

from ext_proc.results.live.proofs import Proof, Proofs
from tests.ext_proc.results.records import record

ALICE: Proof = ("t", b"k", b"alice")


def test_forgotten() -> None:
    """What the log has let go of is not known any more, until it is seen again; what was never known may be forgotten."""
    proofs = Proofs(limit=10)
    proofs.forget(ALICE)
    proofs.add(record(1, timestamp=5))
    assert proofs.seen(ALICE) == 5
    proofs.forget(ALICE)
    assert proofs.seen(ALICE) is None
    proofs.add(record(2, timestamp=6))
    assert proofs.seen(ALICE) == 6
