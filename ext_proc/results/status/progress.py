"""How far a query has come: a cursor over its events, as a stream has one, that keeps only what they come to."""

from collections.abc import Iterable

from bus.errors import OffsetOutOfRange
from bus.records import Partition
from ext_proc.results.live.event import Event
from ext_proc.results.live.proofs import Proofs
from ext_proc.results.reader.lookup import SKEW, proof
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.status.notes import Name, Note, Notes
from ext_proc.results.status.search import Search
from ext_proc.results.status.state import QUEUED, RUNNING, State


class Progress:
    """The state of one subscription's key, as of the last call; `None` while nobody knows of it.

    Memory is asked first, and Kafka only for what memory does not hold. The first terminal event decides, as it ends
    a stream. Both calls may raise `Busy` and `BusUnavailable`.
    """

    def __init__(self, *, subscriber: Subscriber, proofs: Proofs, search: Search, notes: Notes) -> None:
        self.state: State | None = None
        self._subscriber = subscriber
        self._lane = subscriber.lane
        self._proofs = proofs
        self._search = search
        self._notes = notes
        self._since = subscriber.wants.since
        self._gone = False
        self._asked = False

    @property
    def final(self) -> bool:
        """Nothing can change any more."""
        return self.state is not None and self.state.final

    @property
    def has_news(self) -> bool:
        """`catch_up` would find something."""
        return self._lane.has_news or self._lane.needs_past or (self.state is None and self._seen() is not None)

    async def begin(self) -> None:
        """Finds the state for a subscriber that watches its channel already."""
        if self._memory_is_enough():
            self._lane.moved(self._lane.channel.floor)
        elif not self._ended_in_memory():
            await self._recall()
        await self.catch_up()
        if self.state is None and not self._asked:
            await self._ask()

    async def catch_up(self) -> None:
        """Takes in whatever has come since."""
        lane = self._lane
        while not self.final and (lane.needs_past or lane.has_news):
            if lane.needs_past:
                await self._read_past()
            else:
                self._fold(filter(self._subscriber.sees, lane.take()))
        if self.state is None and self._seen() is not None:
            self.state = QUEUED
        if self._gone and self.state in {None, QUEUED}:
            await self._ask_for_answer()

    def _memory_is_enough(self) -> bool:
        since = self._since if self._since is not None else self._seen()
        return self._lane.channel.holds_since(None if since is None else since - SKEW)

    def _ended_in_memory(self) -> bool:
        ends = (event for event in self._lane.channel.events if event.terminal)
        self._fold(filter(self._subscriber.sees, ends))
        return self.final

    async def _recall(self) -> None:
        """Begins where this process stopped the last time, or, where it knows nothing of the query, with a search."""
        note = self._notes.get(self._name)
        if note and note.end is None:
            self.state, self._since, self._gone = note.state, note.since, note.gone
            self._lane.moved(note.cursor)
            return
        end = await self._search.event(*note.end) if note and note.end else None
        if end is None:
            await self._locate()
        else:
            self._fold((end,))

    async def _locate(self) -> None:
        """Finds where the key's events begin; where nothing says when that was, only memory and the answers tell."""
        if self._since is None:
            self._since = self._seen()
        if self._since is None:
            await self._ask()
        if self._since is None:
            self._lane.moved(self._lane.channel.floor)
            self._gone = True
        else:
            cursor, self._gone = await self._search.events_from(self._since)
            self._lane.moved(cursor)

    async def _ask(self) -> None:
        """Whether the log has the query; memory is told. What memory has learnt meanwhile, it keeps."""
        self._asked = True
        remembered = self._seen() is not None
        asked_at = await self._search.asked_at()
        if asked_at is not None:
            self.state, self._since = QUEUED, asked_at
            self._proofs.note(proof(self._subscriber), asked_at)
            return
        self.state = None
        if remembered:
            self._proofs.forget(proof(self._subscriber))

    async def _read_past(self) -> None:
        channel = self._lane.channel
        try:
            page = await self._search.page(channel.horizon.at, self._lane.cursor, channel.floor)
        except OffsetOutOfRange as gone:
            self._gone = True
            self._lane.moved(gone.earliest)
            return
        self._lane.moved(page.next)
        end = self._fold(page.events)
        self._keep((channel.horizon.at, end.offset) if end else None)

    async def _ask_for_answer(self) -> None:
        """Where there is none, and the log no longer has the query either, it is as if it had never been."""
        found = await self._search.answer(self._since)
        end = self._fold((found[1],)) if found else None
        if end is None and not self._asked:
            await self._ask()
        self._gone = False
        self._keep((found[0], end.offset) if found and end else None)

    def _fold(self, events: Iterable[Event]) -> Event | None:
        """Moves the state on; the terminal event, if it is among them. What has no value says nothing."""
        for event in events:
            if event.terminal:
                self.state = State(event.name, event.value)
                return event
            if event.value is not None:
                self.state = RUNNING
        return None

    def _keep(self, end: tuple[Partition, int] | None = None) -> None:
        """Notes what was found; never a result itself."""
        state = None if end else self.state
        note = Note(state=state, since=self._since, cursor=self._lane.cursor, gone=self._gone, end=end)
        self._notes.set(self._name, note)

    def _seen(self) -> int | None:
        return self._proofs.seen(proof(self._subscriber))

    @property
    def _name(self) -> Name:
        wants = self._subscriber.wants
        return (wants.topic, wants.key or "", wants.user_id)
