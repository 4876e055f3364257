"""Where transports may differ: what each one does, declared once. Tests prove both columns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What a transport does where the standards, or good sense, leave more than one way.

    Attributes:
        pads: Frames may be padded, and DATA may carry flags that nobody has defined; else that stream is given up.
        cut_is_error: A stream that its client ends within a message ends with an error; else as if that had not been sent.
        inflates: A compressed message is read; else it is refused with UNIMPLEMENTED, for no compression was offered.
        http_status: Something that is no call of gRPC's is answered by a status of HTTP's.
        each_settings: Every SETTINGS frame has an acknowledgement of its own, however many come at once.
        names_last: A drain says by a second GOAWAY which stream was its last, and passes over what comes after it, so that
            it may be tried elsewhere; else such a stream is cancelled or left alone, before anybody has heard of it.
        leaves_the_deaf: A drain ends on time also where a client reads nothing; else when that client has gone.
        hangs_up: A server that leaves closes a connection after its last stream; else its client has to.
        says_why: A connection is never given up without a GOAWAY.
    """

    pads: bool
    cut_is_error: bool
    inflates: bool
    http_status: bool
    each_settings: bool
    names_last: bool
    leaves_the_deaf: bool
    hangs_up: bool
    says_why: bool


PROMISES = {
    "native": Promises(
        pads=True,
        cut_is_error=True,
        inflates=False,
        http_status=True,
        each_settings=True,
        names_last=True,
        leaves_the_deaf=True,
        hangs_up=True,
        says_why=True,
    ),
    "grpcio": Promises(
        pads=False,
        cut_is_error=False,
        inflates=True,
        http_status=False,
        each_settings=False,
        names_last=False,
        leaves_the_deaf=False,
        hangs_up=False,
        says_why=False,
    ),
}
