"""Makes kafka-python's clients."""

from collections.abc import Callable
from typing import Any

from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from bus.kafka.options import Options

Client = Any  # kafka-python is not typed


def build(make: Callable[..., Client], options: Options, net: type[KafkaNetClient] = KafkaNetClient) -> Client:
    """Makes a client that has found a broker; where it finds none, closes the sockets that kafka-python leaves open.

    `net` is its network side.
    """
    made: list[Client] = []
    new: Callable[..., Client] = net

    def noted(**config: Any) -> Client:
        made.append(new(**config))
        return made[-1]

    try:
        return make(**options, kafka_client=noted)
    except BaseException:
        for client in made:
            client.close()
        raise


class TidySocket(KafkaNetSocket):
    """Connects as kafka-python does, and closes the socket of an attempt that failed, which kafka-python forgets.

    It is chosen by the scheme of `proxy_url`, which is how kafka-python lets sockets be replaced; there is no proxy.
    """

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None) -> Any:
        """Called by kafka-python."""
        connect: Callable[..., Any] = super().sock_connect
        try:
            return await connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise
