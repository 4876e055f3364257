"""`GET /demo/passages/{doc_id}/{chunk_index}`: a passage that was cited, for who may read it.

The demo's own key verifies the token here: this is the page's server, and what Envoy has verified it is not told.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from demo.page.passages import Passage, Passages
from ext_proc.plugins.identity import claim, named
from local.errors import TokenRefused
from local.tokens import SigningKey
from runtime.settings.gateway import Gateway

_NO_STORE = {"cache-control": "no-store"}


class Reading:
    """Answers by the same table of tiers as the retriever."""

    def __init__(self, passages: Passages, *, signing: SigningKey, gateway: Gateway) -> None:
        self._passages = passages
        self._signing = signing
        self._gateway = gateway

    async def handle(self, request: web.Request) -> web.Response:
        """200 with the passage; 401 without a good token, 403 above the caller's tier, 404 for what there is not."""
        try:
            claims = self._signing.read(_bearer(request))
        except TokenRefused:
            challenge = {"www-authenticate": f'Bearer realm="{self._gateway.identity.realm}"', **_NO_STORE}
            return _problem(401, "Unauthorized", "A token of the demo is needed.", headers=challenge)
        found = self._passages.find(request.match_info["doc_id"], int(request.match_info["chunk_index"]))
        if found is None:
            return _problem(404, "Not Found", "There is no such passage.")
        if found.visibility not in self._readable(claims):
            return _problem(403, "Forbidden", "The passage is above the caller's tier.", visibility=found.visibility)
        return web.json_response(_document(found), headers=_NO_STORE)

    def _readable(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        tier = claim(claims, self._signing.issuer.claims.tier)
        return self._gateway.highest(named(tier)).reads


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _document(passage: Passage) -> Mapping[str, Any]:
    return {
        "doc_id": passage.doc_id,
        "chunk_index": passage.chunk_index,
        "text": passage.text,
        "visibility": passage.visibility,
        "source_url": passage.source_url,
    }


def _problem(
    status: int, title: str, detail: str, *, headers: Mapping[str, str] = _NO_STORE, **more: Any
) -> web.Response:
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    return web.Response(status=status, body=body, content_type="application/problem+json", headers=headers)
