"""Why an upload ended before everything in it was answered, and where its client goes on."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from ext_proc.reply import PROBLEM_TYPES, Reply, problem

RESUME = "resume_from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why; `reason` is the end of the problem's type.

    Attributes:
        retry_after: Seconds, where the same upload may do better later.
    """

    status: int
    reason: str
    detail: str
    retry_after: int | None = None

    def members(self) -> dict[str, Any]:
        """As the members of a problem, but for what is the request's own."""
        return {
            "status": self.status,
            "type": PROBLEM_TYPES + self.reason,
            "title": HTTPStatus(self.status).phrase,
            "detail": self.detail,
        }

    def reply(self, *, instance: str, trace_id: str, **members: int) -> Reply:
        """As the whole answer."""
        after = () if self.retry_after is None else (("retry-after", str(self.retry_after)),)
        return problem(
            self.status,
            self.reason,
            self.detail,
            instance=instance,
            trace_id=trace_id,
            headers=after,
            extensions=members,
        )


DRAINING = Cause(status=503, reason="draining", detail="This process stops; another goes on with it.", retry_after=1)
BROKEN = Cause(status=400, reason="upload-broken", detail="The body broke off.")
EXPIRED = Cause(status=401, reason="token-expired", detail="The token has expired while the upload ran.")
INTERNAL = Cause(status=500, reason="internal", detail="The upload could not be handled.")
BUSY = Cause(status=503, reason="busy", detail="Too many uploads are open.", retry_after=1)
REUSED = Cause(
    status=422,
    reason="idempotency-key-reused",
    detail="This Idempotency-Key was used for another upload. Send that one again as it was, or this one with a key of its own.",
)
IN_FLIGHT = Cause(
    status=409,
    reason="idempotency-key-in-flight",
    detail="An upload with this Idempotency-Key is being carried out. Send the same one again in a moment.",
    retry_after=1,
)


def idle(seconds: float) -> Cause:
    """The client did nothing for too long."""
    return Cause(status=408, reason="idle", detail=f"Nothing was sent or taken for {seconds:g} s.")


def of_reply(reply: Reply) -> Cause:
    """What a chain or the log has answered to one record, where that is so for all that follow it."""
    said: dict[str, Any] = orjson.loads(reply.body) if reply.body else {}
    after = dict(reply.headers).get("retry-after", "")
    return Cause(
        status=reply.status,
        reason=reply.reason,
        detail=said.get("detail", ""),
        retry_after=int(after) if after.isdecimal() else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A cause, and the first line that was not answered for good: all before it are."""

    cause: Cause
    resume_from: int

    def line(self, *, trace_id: str) -> bytes:
        """The last line of the answer."""
        return orjson.dumps({**self.cause.members(), "trace_id": trace_id, RESUME: self.resume_from})

    def reply(self, *, instance: str, trace_id: str) -> Reply:
        """The whole answer, where nothing has been said yet."""
        return self.cause.reply(instance=instance, trace_id=trace_id, **{RESUME: self.resume_from})
