"""What the processor has decided about a reader, on its way through Envoy to the results server.

Envoy strips every `x-gateway-` header that a client sends; these cross a unix socket.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import quote, unquote

PREFIX = "x-gateway-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One reader of one key of one topic.

    Attributes:
        topic: Where the events are.
        key: The record key that is followed.
        user_id: The reader; records of another `user-id` are never shown, whatever their key.
        tier: The reader's tier.
        query_id: The id as the client knows it.
        since: Nothing of this key is older (ms since the epoch); `None` where that is not known.
        known_by: A topic whose records prove that the key exists, besides `topic` itself; empty for none.
        missing: What to do for a key that nobody has seen: answer 404, or wait for it.
        expires: When the reader's token ends, in seconds since the epoch; 0 where it does not.
    """

    topic: str
    key: str
    user_id: str
    tier: str
    query_id: str
    since: int | None = None
    known_by: str = ""
    missing: Literal["not-found", "wait"] = "not-found"
    expires: float = 0.0

    def headers(self) -> list[tuple[str, str]]:
        """As request headers; text that is not ASCII travels percent-encoded."""
        named = {
            "topic": self.topic,
            "key": self.key,
            "user": self.user_id,
            "tier": self.tier,
            "query": self.query_id,
            "since": "" if self.since is None else str(self.since),
            "known-by": self.known_by,
            "missing": self.missing,
            "expires": str(self.expires),
        }
        return [(PREFIX + name, quote(value)) for name, value in named.items()]

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> Self:
        """The subscription in a request's headers.

        Raises:
            NotFromGateway: A header is missing, so the request did not come through the processor.
        """
        try:
            named = {name: unquote(headers[PREFIX + name]) for name in _NAMES}
        except KeyError as error:
            raise NotFromGateway(header=str(error.args[0])) from error
        return cls(
            topic=named["topic"],
            key=named["key"],
            user_id=named["user"],
            tier=named["tier"],
            query_id=named["query"],
            since=int(named["since"]) if named["since"] else None,
            known_by=named["known-by"],
            missing="wait" if named["missing"] == "wait" else "not-found",
            expires=float(named["expires"]),
        )


_NAMES = ("topic", "key", "user", "tier", "query", "since", "known-by", "missing", "expires")


class NotFromGateway(Exception):
    """A request reached the results server without the processor's headers."""

    def __init__(self, *, header: str) -> None:
        super().__init__(f"the request has no {header}")
        self.header = header
