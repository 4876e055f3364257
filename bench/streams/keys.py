"""Query ids to stream: issued as the gateway issues them, to many callers, each with a stream's request.

Asking five thousand questions through the gateway would take a minute and measure nothing here. So the ids are made with
the system's own key, and the records of their questions are written as the gateway would have written them; what is
opened then is opened in full, through Envoy and the processor.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.address import Address
from bench.body import TIER, callers
from bench.http1 import request
from ext_proc.identifiers import Identifiers
from local.tokens import SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One query, and whose it is."""

    value: str
    owner: str


def issue(count: int, *, secret: str) -> list[Key]:
    """So many ids, of the callers in turn."""
    identifiers, owners = Identifiers(secret), callers()
    now = time.time_ns() // 1_000_000
    made = (
        (owner, identifiers.issue(subject=owner, now_ms=now, random=os.urandom(10)))
        for owner in (owners[number % len(owners)] for number in range(count))
    )
    return [Key(value=owned.key, owner=owner) for owner, owned in made]


def requests(keys: Sequence[Key], *, signing: SigningKey, at: Address) -> list[str]:
    """The whole request for each key's stream."""
    tokens = {owner: signing.mint(tier=TIER, sub=owner) for owner in callers()}
    return [_request(key, token=tokens[key.owner], at=at) for key in keys]


def _request(key: Key, *, token: str, at: Address) -> str:
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    return request("GET", f"/results/{key.value}", host=at.host_header, headers=headers).decode("latin-1")
