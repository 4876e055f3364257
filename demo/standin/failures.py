"""Errors in the form of either API."""

from typing import Any

from aiohttp import web

from demo.standin.behaviour import Fault

_KIND = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def anthropic_error(kind: str, message: str, *, request_id: str, code: str | None = None) -> dict[str, Any]:
    """The body of an error of the Messages API, or the data of its `error` event."""
    error: dict[str, Any] = {"type": kind, "message": message}
    if code:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": request_id}


def anthropic_refusal(status: int, message: str, *, request_id: str, fault: Fault | None = None) -> web.Response:
    """An answer of the Messages API that is an error; `fault` has what else was told to be in it."""
    code = fault.error_code if fault else None
    body = anthropic_error(_KIND.get(status, "api_error"), message, request_id=request_id, code=code)
    return web.json_response(body, status=status, headers={"request-id": request_id, **_waiting(fault)})


def openai_refusal(status: int, message: str, *, request_id: str, fault: Fault | None = None) -> web.Response:
    """An answer of the embeddings API that is an error."""
    code = fault.error_code if fault else None
    body = {"error": {"message": message, "type": _KIND.get(status, "server_error"), "param": None, "code": code}}
    return web.json_response(body, status=status, headers={"x-request-id": request_id, **_waiting(fault)})


def _waiting(fault: Fault | None) -> dict[str, str]:
    return {"retry-after": f"{fault.retry_after:g}"} if fault and fault.retry_after is not None else {}
