"""Answers how far a query is: from the request's headers to a whole reply."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ext_proc.reply import Reply
from ext_proc.results.errors import Busy
from ext_proc.results.http.residents import Residents
from ext_proc.results.live.hub import Hub
from ext_proc.results.meters import TopicMeters
from ext_proc.results.past.page import Past
from ext_proc.results.reader.anteroom import Anteroom
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.status.condition import Condition
from ext_proc.results.status.notes import Notes
from ext_proc.results.status.poll import Poll
from ext_proc.results.status.preference import preferred_wait
from ext_proc.results.status.progress import Progress
from ext_proc.results.status.representation import Representation
from ext_proc.results.status.search import Search
from ext_proc.results.trust import Trust
from runtime.clock import Clock

CATCH_UP = 5.0  # seconds that a question waits for a feed that has just started; until then memory would say too little
NOTES = 10_000  # queries of which is remembered what Kafka holds of them, about 5 MB
AGAIN = "1"  # seconds after which a client that does not wait may ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request's subscription, and the values of two of its headers, as many as there were."""

    wants: Subscription
    prefer: Sequence[str] = ()
    if_none_match: Sequence[str] = ()


class StatusService:
    """Answers questions. Whoever waits counts among the residents, and leaves with them when they are sent away."""

    def __init__(
        self,
        *,
        hub: Hub,
        past: Past,
        trust: Trust,
        residents: Residents,
        anteroom: Anteroom,
        ready: Callable[[], Awaitable[object]],
        clock: Clock,
        catch_up: float = CATCH_UP,
    ) -> None:
        self._hub = hub
        self._past = past
        self._trust = trust
        self._residents = residents
        self._anteroom = anteroom
        self._ready = ready
        self._clock = clock
        self._catch_up = catch_up
        self._notes = Notes(limit=NOTES)

    async def answer(self, question: Question, meters: TopicMeters) -> Reply:
        """The state: 200, or 304 where the client has it.

        Raises:
            UnknownResult: Nobody has heard of the query.
            Busy: There is no room, or not yet, or no longer.
            BusUnavailable: The past could not be read.
        """
        condition = Condition.parse(question.if_none_match)
        preferred = preferred_wait(question.prefer)
        applied = None if preferred is None else min(preferred, question.wants.wait)
        with self._residents.served():
            await self._caught_up()
            found, cut_short = await self._found(question.wants, condition, applied, meters)
        return _reply(found, condition=condition, applied=None if cut_short else applied)

    async def _caught_up(self) -> None:
        try:
            async with asyncio.timeout(self._catch_up):
                await self._ready()
        except TimeoutError:
            raise Busy(what="the feed has not caught up yet") from None

    async def _found(
        self, wants: Subscription, condition: Condition, wait: int | None, meters: TopicMeters
    ) -> tuple[Representation, bool]:
        subscriber = Subscriber(wants=wants, limit=0, trust=self._trust)
        with self._hub.watching(subscriber):
            search = Search(past=self._past, subscriber=subscriber)
            progress = Progress(subscriber=subscriber, proofs=self._hub.proofs, search=search, notes=self._notes)
            poll = Poll(subscriber=subscriber, progress=progress, condition=condition, anteroom=self._anteroom)
            with self._residents.streaming(poll), meters.asking.track_inprogress():
                found = await poll.run(self._allowed(wants, wait), proofs=self._hub.proofs)
            return found, poll.retired

    def _allowed(self, wants: Subscription, wait: int | None) -> float:
        """Nobody is answered later than the token allows."""
        left = wants.expires - self._clock.now_ms() / 1000 if wants.expires else wants.wait
        return max(0.0, min(wait or 0, left))


def _reply(found: Representation, *, condition: Condition, applied: int | None) -> Reply:
    headers = [("etag", found.etag), ("cache-control", "private, no-cache")]
    if applied is not None:
        headers.append(("preference-applied", f"wait={applied}"))
    elif not found.final:
        headers.append(("retry-after", AGAIN))
    if condition.matches(found.etag):
        return Reply(status=304, reason="not-modified", headers=tuple(headers))
    return Reply(status=200, reason="status", headers=(("content-type", "application/json"), *headers), body=found.body)
