"""The API's own descriptions, which Envoy answers from what it was configured with: they cost no process anything.

They are for everybody, so any page may read them; who asks is counted by address, like all who come without a token.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from envoy_data_plane.envoy.config.core.v3 import DataSource
from envoy_data_plane.envoy.config.route.v3 import DirectResponseAction, FilterConfig, HeaderMatcher, Route, RouteMatch
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatcher, StringMatcher
from envoy_data_plane.google.protobuf import Any

from envoy.names import GUARD, RATE_LIMIT
from envoy.parts import set_header
from ext_proc.described.documents import documents
from ext_proc.plugin import Plugin
from runtime.settings.gateway import Gateway

READ = ("GET", "HEAD")
ALLOWED = ", ".join((*READ, "OPTIONS"))
FRESH = "public, max-age=300"
OPEN = (("access-control-allow-origin", "*"), ("access-control-expose-headers", "etag"))


@dataclass(frozen=True, slots=True)
class Document:
    """One description: where it is, and what it says."""

    path: str
    body: str

    @property
    def name(self) -> str:
        """Of its routes."""
        return self.path.strip("/").partition(".")[0]

    @property
    def etag(self) -> str:
        """A strong validator, made of the bytes: the same from every Envoy that has the same configuration."""
        digest = hashlib.blake2b(self.body.encode(), digest_size=12).digest()
        return f'"{base64.urlsafe_b64encode(digest).decode()}"'


def described(gateway: Gateway, *, plugins: Mapping[str, type[Plugin]]) -> tuple[Document, ...]:
    """What is served; nothing where gateway.yaml says so."""
    if not gateway.edge.described:
        return ()
    return tuple(Document(path, body.decode()) for path, body in documents(gateway, plugins=plugins).items())


def longest(served: tuple[Document, ...]) -> int:
    """The bytes of the longest, which Envoy wants to know before it takes a body that is not small."""
    return max((len(document.body.encode()) for document in served), default=0)


def document_routes(document: Document) -> Iterator[Route]:
    """GET and HEAD, with a condition or without; OPTIONS. Any other method is refused where those of other paths are."""
    told = (("etag", document.etag), ("cache-control", FRESH), *OPEN)
    for method in READ:
        known = _match(document.path, method, _knows(document.etag))
        yield _answer(f"{document.name}-known", known, status=304, headers=told)
        whole = (("content-type", "application/json"), *told)
        yield _answer(document.name, _match(document.path, method), status=200, headers=whole, body=document.body)
    options = (("allow", ALLOWED), ("access-control-allow-methods", ", ".join(READ)), *OPEN)
    yield _answer(f"{document.name}-options", _match(document.path, "OPTIONS"), status=204, headers=options)


def _answer(
    name: str, match: RouteMatch, *, status: int, headers: tuple[tuple[str, str], ...], body: str = ""
) -> Route:
    return Route(
        name=name,
        match=match,
        direct_response=DirectResponseAction(status=status, body=DataSource(inline_string=body) if body else None),
        response_headers_to_add=[set_header(*header) for header in headers],
        typed_per_filter_config={
            disabled: Any.pack(FilterConfig(disabled=True))
            for disabled in (GUARD, *((RATE_LIMIT,) if status == 204 else ()))
        },
    )


def _match(path: str, method: str, *headers: HeaderMatcher) -> RouteMatch:
    named = HeaderMatcher(name=":method", string_match=StringMatcher(exact=method))
    return RouteMatch(path=path, headers=[named, *headers])


def _knows(etag: str) -> HeaderMatcher:
    """`If-None-Match` names the tag, alone or among others, or any (RFC 9110, 13.1.2)."""
    pattern = rf"[ \t]*\*[ \t]*|(.*[ \t,])?(W/)?{re.escape(etag)}([ \t,].*)?"
    return HeaderMatcher(name="if-none-match", string_match=StringMatcher(safe_regex=RegexMatcher(regex=pattern)))
