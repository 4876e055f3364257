"""How long a reader may read."""

from math import inf

from ext_proc.results.reader.lease import Lease


def test_warns_once_then_ends() -> None:
    """30 s before the end there is one warning; at the end it ends."""
    lease = Lease(expires=100.0)
    assert (lease.warns(60.0), lease.next(60.0)) == (False, 10.0)
    assert (lease.warns(70.0), lease.warns(71.0)) == (True, False)
    assert (lease.left(70.0), lease.next(70.0)) == (30, 30.0)
    assert (lease.ended(99.9), lease.ended(100.0), lease.left(101.0)) == (False, True, 0)


def test_endless() -> None:
    """A token without an end never ends."""
    lease = Lease(expires=0.0)
    assert (False, False, inf) == (lease.ended(1e12), lease.warns(1e12), lease.next(1e12))


def test_renewed() -> None:
    """It lasts longer, and warns again before its new end, also if it had warned."""
    lease = Lease(expires=100.0)
    assert lease.warns(75.0)
    lease.renew(200.0)
    assert (lease.ended(150.0), lease.warns(150.0), lease.next(150.0)) == (False, False, 20.0)
    assert (lease.warns(170.0), lease.ended(200.0)) == (True, True)


def test_never_shortened() -> None:
    """An older token takes nothing away, nor does it bring back the warning; one without an end ends it all."""
    lease = Lease(expires=100.0)
    assert lease.warns(80.0)
    lease.renew(90.0)
    lease.renew(100.0)
    assert (lease.expires, lease.warns(80.0)) == (100.0, False)
    lease.renew(0.0)
    lease.renew(100.0)
    assert (lease.ended(1e12), lease.next(1e12)) == (False, inf)
