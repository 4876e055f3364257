"""`POST /v1/messages`, streamed and not."""

import asyncio
import json
from dataclasses import dataclass
from uuid import uuid4

from aiohttp import web

from demo.standin.behaviour import Behaviour, Conduct, Fault
from demo.standin.calls import Call, Calls
from demo.standin.failures import anthropic_error, anthropic_refusal
from demo.standin.gathering import Gathering
from demo.standin.reply import Json, Reply, compose
from demo.standin.request import MessagesRequest, parse


class Messages:
    """The Messages API, as the conduct wants it."""

    def __init__(self, *, conduct: Conduct, calls: Calls, gathering: Gathering) -> None:
        self._conduct = conduct
        self._calls = calls
        self._gathering = gathering

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request."""
        request_id = f"req_{uuid4().hex[:24]}"
        try:
            asked = parse(await request.read())
            _check_version(request)
        except ValueError as error:
            return anthropic_refusal(400, str(error), request_id=request_id)
        fault = self._conduct.fault("messages", model=asked.model, texts=[asked.question])
        if fault and fault.status:
            self._calls.refused(asked.question)
            return anthropic_refusal(fault.status, "Told to fail.", request_id=request_id, fault=fault)
        with self._calls.counted(asked.question) as call, self._gathering.joined("messages"):
            await self._gathering.enough("messages")
            answering = _Answering(call=call, fault=fault or Fault(), now=self._conduct.now, request_id=request_id)
            reply = _reply(asked)
            return await (answering.stream(request, reply) if asked.stream else answering.whole(reply))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answering:
    call: Call
    fault: Fault
    now: Behaviour
    request_id: str

    async def whole(self, reply: Reply) -> web.Response:
        await asyncio.sleep(self.now.first_token_delay + self.now.token_delay * reply.output_tokens)
        self.call.ended("finished")
        return web.json_response(reply.message(), headers={"request-id": self.request_id})

    async def stream(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers={"request-id": self.request_id, "cache-control": "no-cache"})
        response.content_type = "text/event-stream"
        response.charset = "utf-8"
        await response.prepare(request)
        if await self._send(response, reply):
            self.call.ended("finished")
        elif not self.fault.cut_cleanly and request.transport:
            # What was written still goes out; then the connection closes in the middle of the body.
            request.transport.close()
        return response

    async def _send(self, response: web.StreamResponse, reply: Reply) -> bool:
        waited = False
        for number, event in enumerate(reply.events()):
            if await self._goes_wrong(response, number):
                self.call.ended("failed")
                return False
            if event["type"] == "content_block_delta":
                await asyncio.sleep(self.now.token_delay if waited else self.now.first_token_delay)
                waited = True
            await _write(response, event)
        return True

    async def _goes_wrong(self, response: web.StreamResponse, number: int) -> bool:
        if number == self.fault.error_after:
            error = anthropic_error(self.fault.error_type, "Told to fail.", request_id=self.request_id)
            await _write(response, error)
            return True
        return number == self.fault.cut_after


async def _write(response: web.StreamResponse, event: Json) -> None:
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    await response.write(f"event: {event['type']}\ndata: {data}\n\n".encode())


def _reply(asked: MessagesRequest) -> Reply:
    return compose(
        identity=f"msg_{uuid4().hex[:24]}",
        model=asked.model,
        question=asked.question,
        results=asked.results,
        input_tokens=asked.input_tokens,
        max_tokens=asked.max_tokens,
    )


def _check_version(request: web.Request) -> None:
    if "anthropic-version" not in request.headers:
        raise ValueError("anthropic-version: header is required")
