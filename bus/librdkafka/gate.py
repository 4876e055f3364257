"""Lets several threads of ours into one consumer of confluent-kafka.

librdkafka is made for that. confluent-kafka (2.16) lets only one caller at a time into its consumer, and whoever waits
tries again each millisecond: a commit would wait for a poll to end, and then lose the race against the next one. Its own
asyncio consumer, whose calls come from many threads, passes by a name that stands for the caller; all of ours share one.
It is safe because the calls that may meet here are ones that librdkafka answers by itself: one thread polls, and others
commit and ask. Nobody closes a consumer before the others are done.
"""

from confluent_kafka import cimpl

OURS = 1  # no thread has this for its identifier

_caller = cimpl._reentry_identity_var  # noqa: SLF001 - see above


def share() -> None:
    """The calls of this thread, or of this task, pass from now on."""
    _caller.set(OURS)
