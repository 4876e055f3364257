"""Asks a process on this machine whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson

Readiness = Callable[[], Awaitable[str]]
"""Says what is still missing, in a few words; the empty text once nothing is."""

_MOST = 64 * 1024
_SILENT = "it does not answer yet"


def by_http(port: int, path: str = "/readyz", *, timeout: float = 2.0) -> Readiness:
    """Ready once `GET path` answers 200; before that, a JSON object of checks names those that are false."""

    async def ask() -> str:
        try:
            async with asyncio.timeout(timeout):
                return _missing(await _get(port, path))
        except (OSError, TimeoutError):
            return _SILENT

    return ask


def by_port(port: int) -> Readiness:
    """Ready once something accepts connections on the port."""

    async def ask() -> str:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return _SILENT
        writer.close()
        return ""

    return ask


async def at_once() -> str:
    """Ready as soon as it is started."""
    return ""


async def _get(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_MOST)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n".encode())
        return await _until_end(reader)
    finally:
        writer.close()


async def _until_end(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    while len(answer) < _MOST and (piece := await reader.read(_MOST)):
        answer += piece
    return answer


def _missing(answer: bytes) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head[9:12].decode(errors="replace")
    if status == "200":
        return ""
    try:
        checks = orjson.loads(body)
    except orjson.JSONDecodeError:
        checks = None
    if not isinstance(checks, dict):
        return f"it answers {status or 'nothing'}"
    return "waiting for " + ", ".join(sorted(name for name, fine in checks.items() if not fine))
