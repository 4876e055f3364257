"""When Python's garbage collector runs: seldom, and then over little."""

import gc

YOUNG = 1_000
"""Objects more than were freed, after which the young ones are looked at."""

MIDDLE = 1
"""Rounds of the young, after which those that have lived through one are looked at: so few that it is soon done."""

OLD = 1_000
"""Rounds of those, after which all are looked at. In a process that holds thousands of streams that is hundreds of thousands,
and stops everything for as much as a tenth of a second."""


def settle() -> None:
    """To be called once a process has loaded what it is made of.

    Everything that exists now is left alone for good. What is made later is freed as its last user lets go, and the
    collector looks for cycles alone, of which the paths of requests, records and streams make none.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
