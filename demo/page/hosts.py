"""By which names the page may be called.

What it gives, it gives to whoever can reach it; and a browser reaches this machine for any site that its user visits.
A site that is not of here cannot read the answers, unless it lets its own name mean this machine (DNS rebinding).
So who comes by a name that somebody else could own is turned away.
"""

import ipaddress
from collections.abc import Callable, Collection

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


def known(host: str, *, names: Collection[str] = ()) -> bool:
    """Whether a Host header names this machine, or what it was said to be called: an address, or a name without a dot."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    name = name.removesuffix(".").lower()
    if name in names or ("." not in name.removesuffix(".localhost") and ":" not in name):
        return bool(name)
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def only(is_known: Callable[[str], bool]) -> Middleware:
    """Answers 421 to who comes by another name."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_known(request.host):
            raise web.HTTPMisdirectedRequest(text="The page is not called by this name; see --name of demo.page.")
        return await handler(request)

    return check
