"""`/control`: tells the stand-in how to behave, and asks what it was asked."""

from aiohttp import web
from pydantic import ValidationError

from demo.standin.behaviour import Behaviour, Conduct
from demo.standin.calls import Calls
from demo.standin.gathering import Gathering


class Control:
    """Not part of any API that is stood in for."""

    def __init__(self, *, conduct: Conduct, calls: Calls, gathering: Gathering) -> None:
        self._conduct = conduct
        self._calls = calls
        self._gathering = gathering

    async def show(self, _request: web.Request) -> web.Response:
        """`GET`: the behaviour in force, the calls so far, and how many there were at once."""
        behaviour = self._conduct.now.model_dump(mode="json")
        return web.json_response({"behaviour": behaviour, "most": self._gathering.most, **self._calls.report()})

    async def change(self, request: web.Request) -> web.Response:
        """`POST` a `Behaviour`: what it sets is in force from the next call on."""
        try:
            self._conduct.change(Behaviour.model_validate_json(await request.read()))
        except ValidationError as error:
            return web.json_response(
                {"errors": error.errors(include_url=False, include_context=False, include_input=False)}, status=400
            )
        return await self.show(request)

    async def reset(self, request: web.Request) -> web.Response:
        """`DELETE`: as it was started, and every count at nothing."""
        self._conduct.reset()
        self._calls.clear()
        self._gathering.clear()
        return await self.show(request)
