"""When a member was last heard of, from counts."""

import json

from bus.librdkafka.pulse import COORDINATOR, NEVER, Counts, Pulse, counts


def _told(pulse: Pulse, *tellings: tuple[float, Counts]) -> float:
    for since, now in tellings:
        pulse.beat(now, since, same=True)
    return pulse.heard


def test_a_heartbeat_that_was_answered_counts_from_before_it_was_sent() -> None:
    """It was sent after the telling that did not have it yet."""
    assert _told(Pulse(), (1.0, Counts(sent=3)), (2.0, Counts(sent=4))) == 1.0


def test_a_heartbeat_on_its_way_does_not_count_yet() -> None:
    """It does once nothing is unanswered, or the next one was sent; and still from before it was sent."""
    open_ = (2.0, Counts(sent=4, open=1))
    assert _told(Pulse(), (1.0, Counts(sent=3)), open_) == NEVER
    assert _told(Pulse(), (1.0, Counts(sent=3)), open_, (3.0, Counts(sent=4))) == 1.0
    assert _told(Pulse(), (1.0, Counts(sent=3)), open_, (3.0, Counts(sent=5, open=1))) == 1.0


def test_an_answer_that_lay_there_during_a_freeze_is_as_old_as_its_question() -> None:
    """What was sent before the freeze proves nothing of the time after it."""
    pulse = Pulse()
    _told(pulse, (1.0, Counts(sent=3)), (2.0, Counts(sent=4)))
    assert _told(pulse, (2.1, Counts(sent=4)), (100.0, Counts(sent=5))) == 2.1


def test_what_a_broken_connection_took_along_was_not_answered() -> None:
    """The next heartbeat is, and counts."""
    pulse = Pulse()
    assert _told(pulse, (1.0, Counts(sent=3)), (2.0, Counts(sent=4, open=1)), (3.0, Counts(sent=5, broken=1))) == NEVER
    assert _told(pulse, (4.0, Counts(sent=6, broken=1))) == 3.0


def test_what_is_counted_for_another_member_is_no_news() -> None:
    """A member that is about to hear that it is none was answered, too: with a refusal."""
    pulse = Pulse()
    pulse.beat(Counts(sent=3), 1.0, same=True)
    pulse.beat(Counts(sent=4, open=1), 2.0, same=True)
    pulse.beat(Counts(sent=5), 3.0, same=False)
    assert pulse.heard == NEVER


def test_joining_counts_and_being_thrown_out_ends_it() -> None:
    """Whoever is thrown out holds nothing from then on."""
    pulse = Pulse()
    pulse.joined(5.0)
    assert pulse.heard == 5.0
    pulse.joined(4.0)
    assert pulse.heard == 5.0
    pulse.lost()
    assert pulse.heard == NEVER


def test_counts_are_taken_from_what_librdkafka_tells() -> None:
    """Of its connection to the coordinator; before there is one, there is nothing."""
    coordinator = {
        "req": {"Heartbeat": 7, "OffsetCommit": 1},
        "outbuf_cnt": 1,
        "waitresp_cnt": 2,
        "disconnects": 3,
        "req_timeouts": 4,
        "txerrs": 5,
        "rxerrs": 6,
    }
    told = {"brokers": {COORDINATOR: coordinator}, "cgrp": {"rebalance_cnt": 8}}
    assert Counts(sent=7, open=3, broken=18, rebalances=8) == counts(json.dumps(told))
    assert Counts() == counts(json.dumps({"brokers": {}}))
