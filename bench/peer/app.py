"""What Sluice is measured against: a FastAPI service that takes chunks with the same checks and the same promise.

It is written to be fast: one plain handler, no dependencies to solve, no response model, orjson, no access log, no
metrics, no rate limits and no signature. What Sluice does beyond it is on Sluice's account.
"""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response

from bench.peer.caller import Caller, Verifier
from bench.peer.log import Log
from schemas.envelope import SPEC_VERSION, rfc3339
from schemas.validator import Validator

SCOPE = "proxy:publish"


class Peer:
    """The service's one route."""

    def __init__(self, *, verifier: Verifier, validator: Validator, log: Log) -> None:
        self._verifier = verifier
        self._validator = validator
        self._log = log

    async def publish(self, request: Request) -> Response:
        """Identifies, checks the scope, the media type and the schema, writes, and answers 202 with the receipt."""
        caller = self._verifier.caller(request.headers.get("authorization", ""))
        if caller is None:
            return _problem(401, "Unauthorized", **{"www-authenticate": 'Bearer error="invalid_token"'})
        if SCOPE not in caller.scopes:
            return _problem(403, "Forbidden", **{"www-authenticate": 'Bearer error="insufficient_scope"'})
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _problem(415, "Unsupported Media Type")
        body = await request.body()
        try:
            chunk = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _problem(400, "Bad Request")
        if self._validator.violations(chunk):
            return _problem(400, "Bad Request")
        return await self._write(body, chunk, caller=caller)

    async def _write(self, body: bytes, chunk: dict[str, Any], *, caller: Caller) -> Response:
        key = f"{chunk['doc_id']}#{chunk['chunk_index']}".encode()
        receipt = await self._log.append(key=key, value=body, headers=_headers(caller))
        return Response(orjson.dumps(receipt.document()), status_code=202, media_type="application/json")


def build(peer: Peer, *, log: Log) -> FastAPI:
    """The application; while it serves, it holds the log open."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with log:
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.post("/chunks", status_code=202)(peer.publish)
    return app


def _headers(caller: Caller) -> list[tuple[str, bytes]]:
    named = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": uuid.uuid4().hex,
        "ce_source": "/peer",
        "ce_type": "rag.chunk.submitted.v1",
        "ce_time": rfc3339(time.time_ns() // 1_000_000),
        "content-type": "application/json",
        "user-id": caller.subject,
        "user-tier": caller.tier,
        "scope": " ".join(sorted(caller.scopes)),
    }
    return [(name, value.encode()) for name, value in named.items()]


def _problem(status: int, title: str, **headers: str) -> Response:
    content = orjson.dumps({"type": "about:blank", "title": title, "status": status})
    return Response(content, status_code=status, headers=headers, media_type="application/problem+json")
