"""How a stream begins: from memory, from Kafka, or not at all. Nothing was sent yet, so that everything may be refused."""

from ext_proc.results.format.place import Place
from ext_proc.results.live.hub import Hub
from ext_proc.results.past.page import Past
from ext_proc.results.reader.key_opener import KeyOpener
from ext_proc.results.reader.lookup import Lookup
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.topic_opener import TopicOpener


class Opener:
    """Decides how a stream begins."""

    def __init__(self, *, hub: Hub, past: Past, unknown_wait: float) -> None:
        self.lookup = Lookup(hub=hub, past=past)
        self._keys = KeyOpener(hub=hub, past=past, lookup=self.lookup, unknown_wait=unknown_wait)
        self._topics = TopicOpener(past=past)

    async def open(self, subscriber: Subscriber, last: Place | None) -> Opening:
        """The beginning of the stream of a subscriber that watches its channels already; sets where it stands.

        Raises:
            ForeignEventId: `last` is not of this stream.
            Finished: `last` is the stream's end.
            UnknownResult: Nobody knows the key, and the subscription says not to wait for it.
            Busy: Too many are reading the past.
            BusUnavailable: The past could not be read.
        """
        opener = self._topics if subscriber.key is None else self._keys
        return await opener.open(subscriber, last)
