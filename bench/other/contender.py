"""The other gateway, as a contender for POSTs and for streams."""

import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from bench.address import Address
from bench.contenders import Contender
from bench.errors import Unmeasured
from bench.http1 import request
from bench.other.plan import KEY, Plan
from bench.processes import alive
from bench.streams.asking import Asked
from bench.streams.contenders import Streaming
from bench.streams.keys import Key

TAKEN = frozenset(str(status) for status in range(200, 300))


def posting(plan: Plan) -> Contender:
    """It takes a request where it answers anything from 200 to 299.

    Raises:
        Unmeasured: There is no such process.
    """
    at = Address.of(plan.post)
    headers = {**_authorized(plan), "content-type": "application/json"}
    sent = request("POST", _target(plan.post), host=at.host_header, headers=headers, body=plan.body)
    return Contender(name=plan.name, at=at, requests=[sent.decode("latin-1")], pids=_pids(plan), accepts=TAKEN)


def streaming(plan: Plan) -> Streaming:
    """It is measured as a whole: which of its processes holds the streams is not asked.

    Raises:
        Unmeasured: There is no such process.
    """
    at, pids = Address.of(plan.sse), _pids(plan)
    return Streaming(name=plan.name, at=at, topic=plan.topic, pids=pids, server=next(iter(pids)))


class Asking:
    """Requests for its streams, each of a key of its own where the URL has a place for one."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    async def ask(self, count: int) -> list[Asked]:
        """As `bench.streams.crowd.Asks.ask`; nobody has to be told of the keys before."""
        return [self._asked(uuid.uuid4().hex) for _ in range(count)]

    def _asked(self, key: str) -> Asked:
        url = self._plan.sse.replace(KEY, key)
        value = key if KEY in self._plan.sse else urlsplit(url).path.rpartition("/")[2]
        headers = {**_authorized(self._plan), "accept": "text/event-stream"}
        sent = request("GET", _target(url), host=Address.of(url).host_header, headers=headers)
        return Asked(key=Key(value=value, owner=self._plan.owner), request=sent.decode("latin-1"))


def _authorized(plan: Plan) -> Mapping[str, str]:
    return {"authorization": f"Bearer {plan.token}"} if plan.token else {}


def _pids(plan: Plan) -> dict[str, int]:
    gone = [pid for pid in plan.pids if not alive(pid)]
    if gone:
        raise Unmeasured(what="the other gateway", reason=f"there is no process {', '.join(map(str, gone))}")
    return {f"process {pid}": pid for pid in plan.pids}


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
