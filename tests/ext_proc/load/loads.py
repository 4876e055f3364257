"""Loads as workers say them."""

import uuid
from collections.abc import Mapping

from bus.records import Record
from schemas.envelope import Caller, Envelope
from schemas.load import LaneLoad, Load, encode_load
from schemas.signature import Signer
from tests.fixtures.settings import ENVIRON

SIGNER = Signer(ENVIRON["SLUICE_RECORD_KEY"])


def load(stage: str = "generator", **changes: object) -> Load:
    """A worker with nothing to do, that handles one query a second in each of its four places."""
    usual: dict[str, object] = {"concurrency": 4, "seconds": 1.0, "behind": 0, "lanes": {}}
    return Load(stage=stage, **{**usual, **changes})  # type: ignore[arg-type]


def lanes(**waiting: int) -> Mapping[str, LaneLoad]:
    """Lanes in which so many wait, with nothing known of when they were asked; all four places are taken."""
    busy = LaneLoad(waiting=0, in_work=4)
    return {"none": busy, **{tier: LaneLoad(waiting=count, in_work=0) for tier, count in waiting.items()}}


def load_record(worker: str, said: Load, *, topic: str = "rag.load", signer: Signer = SIGNER) -> Record:
    """A record, as a worker writes it."""
    body, key = encode_load(said), worker.encode()
    envelope = Envelope(
        id=uuid.uuid4().hex, source=f"/test/{worker}", type=Load.type, time=1, caller=Caller(user_id=worker, tier="-")
    )
    return Record(
        topic=topic, key=key, value=body, headers=envelope.headers(topic=topic, key=key, body=body, signer=signer)
    )
