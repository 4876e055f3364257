"""What Envoy's admin interface is asked and told."""

import asyncio
import http.client
import json
from dataclasses import dataclass

TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class Admin:
    """The admin interface of one running Envoy."""

    host: str
    port: int

    async def ready(self) -> bool:
        """Whether it serves."""
        try:
            status, _ = await self.call("GET", "/ready")
        except OSError:
            return False
        return status == http.client.OK

    async def listener_address(self, name: str) -> tuple[str, int] | None:
        """Where a listener really listens; `None` while it does not."""
        _, body = await self.call("GET", "/listeners?format=json")
        for status in json.loads(body).get("listener_statuses", ()):
            if status["name"] == name:
                address = status["local_address"]["socket_address"]
                return address["address"], address["port_value"]
        return None

    async def stat(self, name: str) -> int:
        """One counter or gauge; 0 where there is none of that name."""
        _, body = await self.call("GET", f"/stats?format=json&filter=^{name}$")
        return next((int(stat["value"]) for stat in json.loads(body)["stats"] if stat.get("name") == name), 0)

    async def drain(self) -> None:
        """Lets listeners finish: answers carry `connection: close`, and load balancers are told to go elsewhere."""
        await self.call("POST", "/healthcheck/fail")
        await self.call("POST", "/drain_listeners?graceful")

    async def call(self, method: str, path: str) -> tuple[int, bytes]:
        """One call: status and body.

        Raises:
            OSError: It does not answer.
        """
        return await asyncio.to_thread(self._call, method, path)

    def _call(self, method: str, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
