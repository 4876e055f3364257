"""What no client may send costs its own connection or stream, says why, and harms nobody else."""

import pytest

from tests.ext_proc.transport.conformance.violations import VIOLATIONS, Violation, allowed
from tests.ext_proc.transport.raw.frames import data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import headers
from tests.ext_proc.transport.raw.peer import greeted
from tests.ext_proc.transport.raw.verdict import verdict
from tests.ext_proc.transport.served import Served


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.name.replace(" ", "-"))
async def test_a_violation_has_its_outcome(served: Served, violation: Violation) -> None:
    """As the table says; and another connection, begun before, is answered."""
    async with greeted(served.socket) as other:
        async with greeted(served.socket) as peer:
            peer.send(*violation.sent)
            assert str(await verdict(peer)) in allowed(violation, served.transport)
        other.send(headers(1), data(1, message(b"end ok")))
        assert [b"ok"] == (await other.answer(1)).messages
    await served.until(lambda it: it.open == 0)
