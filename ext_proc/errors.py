"""What a plugin may raise, and the one table that turns it into an answer.

```
Refused            ┐ the caller must act: a plugin's own answer, raised from a helper;
Unfilled           ┘ or 400, where the request lacks what a template needs
BusFull            ┐
BusUnavailable     ├ time must pass: 503 with Retry-After
DeliveryFailed     ┘ (or 413 where Kafka will never take the record)
anything else      a defect: 500, logged, and nothing of it shown
```
"""

import logging

from bus.errors import BusError, BusFull, BusUnavailable, DeliveryFailed
from ext_proc.exchange import Exchange
from ext_proc.reply import Reply, invalid, problem
from ext_proc.template import Unfilled
from schemas.violation import Violation

_log = logging.getLogger("sluice.chain")

_BUSY_SECONDS = 1
_DOWN_SECONDS = 5


class Refused(Exception):
    """A plugin's answer, raised where returning it would be clumsy."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.reason)
        self.reply = reply


def reply_for(error: Exception, exchange: Exchange) -> Reply:
    """The answer to a request whose chain raised `error`."""
    match error:
        case Refused():
            return error.reply
        case Unfilled():
            return _lacking(error.name, exchange)
        case BusFull():
            return _unavailable(exchange, "busy", "Too many requests are in flight.", _BUSY_SECONDS)
        case DeliveryFailed(retriable=False):
            return _problem(exchange, 413, "record-refused", "The log does not take a record of this size.")
        case BusError():
            _complain(error, exchange)
            return _unavailable(exchange, "kafka-unavailable", "The request could not be stored.", _DOWN_SECONDS)
        case _:
            _log.error(
                "a plugin failed", exc_info=error, extra={"route": exchange.route, "trace_id": exchange.trace_id}
            )
            return _problem(exchange, 500, "internal", "The request could not be handled.")


def _complain(error: BusError, exchange: Exchange) -> None:
    if isinstance(error, BusUnavailable | DeliveryFailed):
        _log.warning("Kafka did not take a record", extra={"route": exchange.route, "why": str(error)})
    else:
        _log.error("the bus failed", exc_info=error, extra={"route": exchange.route})


def _lacking(name: str, exchange: Exchange) -> Reply:
    lacking = Violation(pointer="#", detail=f"{name} is needed")
    return invalid([lacking], instance=exchange.path, trace_id=exchange.trace_id)


def _unavailable(exchange: Exchange, reason: str, detail: str, seconds: int) -> Reply:
    return _problem(exchange, 503, reason, detail, ("retry-after", str(seconds)))


def _problem(exchange: Exchange, status: int, reason: str, detail: str, *headers: tuple[str, str]) -> Reply:
    return problem(status, reason, detail, instance=exchange.path, trace_id=exchange.trace_id, headers=headers)
