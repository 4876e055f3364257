"""The account: every claim looks at all the evidence and names what contradicts it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from bus.records import Received
from tests.chaos.evidence import Evidence
from tests.fixtures.readers import written_places

Claim = Callable[[Evidence], Iterable[str]]


def kept(found: Evidence) -> Iterator[str]:
    """A query that was accepted is on rag.queries, where its 202 says, and has one end; so has any other that is there."""
    for query, accepted in found.accepted():
        key = found.key(accepted)
        if key is None or found.questions.get(key) != query.question:
            yield f"{accepted.query_id} was accepted, and {accepted.at} does not hold it at {accepted.offset}"
    for key, stream in found.streams.items():
        if len(stream.ends) != 1:
            yield f"{key.decode()} has {len(stream.ends)} ends: {list(stream.ends)}"


def whole(found: Evidence) -> Iterator[str]:
    """The text of the deltas after the last reset is the answer in done, and that is the value on rag.answers, byte for byte."""
    for key, stream in found.streams.items():
        if stream.done is None:
            continue
        if stream.text != stream.last["answer"]:
            yield f"{key.decode()}: deltas say {stream.text!r}, done says {stream.last['answer']!r}"
        if found.answers.get(key) != stream.done:
            yield f"{key.decode()}: rag.answers has {found.answers.get(key)!r}, done is {stream.done!r}"


def once(found: Evidence) -> Iterator[str]:
    """The model began no more calls than the streams declare, and one at least for each answer with passages."""
    for question, keys in found.keys_of.items():
        calls, streams = found.calls.get(question, 0), [found.streams[key] for key in keys]
        most = sum(stream.calls for stream in streams)
        least = sum(bool(stream.done and stream.last["sources"]) for stream in streams)
        if not least <= calls <= most:
            yield f"{question}: {calls} calls, where {len(keys)} streams declare {most} and {least} answers need one"


def one_record(found: Evidence) -> Iterator[str]:
    """An Idempotency-Key is one record and one query id, however often and wherever it was sent."""
    written: dict[str, list[Received]] = {}
    for record in found.log["rag.queries"]:
        if key := (record.header("idempotency-key") or "").strip('"'):
            written.setdefault(key, []).append(record)
    for query in found.sent.queries:
        records = written.get(query.key, []) if query.key else []
        ids = {accepted.query_id for accepted in query.accepted}
        first, others = query.accepted[:1], query.accepted[1:]
        if len(records) > 1:
            yield f"Idempotency-Key {query.key} has {len(records)} records"
        if query.key and len(ids) > 1:
            yield f"Idempotency-Key {query.key} was given {len(ids)} query ids"
        if query.key and first and not all(accepted.replayed for accepted in others):
            # Two that raced are told in any order, so which of them is the replay does not count.
            fresh = sum(not accepted.replayed for accepted in query.accepted)
            if fresh > 1:
                yield f"Idempotency-Key {query.key} was accepted as new {fresh} times"


def embedded(found: Evidence) -> Iterator[str]:
    """Each accepted chunk has an embedding of it or of a newer version, or a dead letter."""
    newest = {record.key or b"": _made_from(record) for record in found.log["rag.embeddings"]}
    for chunk in found.sent.chunks:
        if newest.get(chunk.key, -1) < chunk.offset and chunk.key not in found.letters:
            yield f"{chunk.key.decode()} at {chunk.offset} was accepted; embedded is {newest.get(chunk.key)}"


def seen(found: Evidence) -> Iterator[str]:
    """Each reader had every event of its query, none twice."""
    yield from found.odd
    keys = {accepted.query_id: found.key(accepted) for _, accepted in found.accepted()}
    for following in found.readers:
        key = keys.get(following.query_id)
        had = written_places(following.reader.events)
        expected = found.streams[key].places if key is not None and key in found.streams else ()
        if had != list(expected):
            yield f"{following.query_id}: a reader had {had}, the log holds {list(expected)}"


def told(found: Evidence) -> Iterator[str]:
    """What was put aside is something that we sent, once, and its user was told of it; nobody heard an odd status."""
    yield from found.sent.odd
    chunks = {chunk.key for chunk in found.sent.chunks}
    for key, reasons in found.letters.items():
        stream = found.streams.get(key)
        if stream is None and key not in chunks:
            yield f"{key.decode()} is a dead letter of nothing that was sent"
        if stream and (len(reasons) > 1 or stream.ended != "error"):
            yield f"{key.decode()} has dead letters {list(reasons)}, and its stream ends in {stream.ended!r}"


CLAIMS: Sequence[Claim] = (kept, whole, once, one_record, embedded, seen, told)


def violations(found: Evidence, *, idempotent: bool) -> Sequence[str]:
    """What contradicts a claim, each with the claim's name. Without `idempotent` keys promise nothing."""
    claims = [claim for claim in CLAIMS if idempotent or claim is not one_record]
    return [f"{claim.__name__}: {what}" for claim in claims for what in claim(found)]


def _made_from(record: Received) -> int:
    """The offset of the chunk that an embedding was made from: its `ce_id` says so."""
    return int((record.header("ce_id") or "-1").rpartition("/")[2])
