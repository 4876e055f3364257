"""The listener: TLS, and as many connections as are allowed."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from envoy.run import RunningEnvoy
from tests.fixtures.envoy import Keys, gateway_of

pytestmark = pytest.mark.envoy


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A throwaway certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    chain, private = folder / "tls.crt", folder / "tls.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*form))
    return chain, private


async def test_tls_speaks_both_versions_of_http(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> None:
    """With a certificate the listener is TLS 1.2 or newer, and ALPN chooses HTTP/2 or HTTP/1.1."""
    folder = short_folder()
    chain, private = _certificate(folder)
    listener = {"port": 0, "tls": {"certificate": str(chain), "key": str(private)}}
    edge = {"listener": listener, "admin": {"port": 0}, "drain": 0}
    gateway = gateway_of(folder, issuer_keys, edge=edge)
    async with RunningEnvoy(gateway, folder=folder, log=folder / "log") as envoy:
        for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
            context = ssl.create_default_context(cafile=str(chain))
            context.set_alpn_protocols(offered)
            reader, writer = await asyncio.open_connection(*envoy.address, ssl=context, server_hostname="localhost")
            assert chosen == writer.get_extra_info("ssl_object").selected_alpn_protocol()
            if chosen == "http/1.1":
                writer.write(b"GET /nope HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                assert b"HTTP/1.1 404" in await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await writer.wait_closed()


async def test_connections_past_the_limit_are_closed(
    short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]
) -> None:
    """One more than allowed is closed at once, the others stay, and the admin interface is still there."""
    folder = short_folder()
    edge = {"listener": {"port": 0}, "admin": {"port": 0}, "drain": 0, "max_connections": 2}
    async with RunningEnvoy(gateway_of(folder, issuer_keys, edge=edge), folder=folder, log=folder / "log") as envoy:
        connections = [await asyncio.open_connection(*envoy.address) for _ in range(2)]
        for reader, writer in connections:
            writer.write(b"GET /nope HTTP/1.1\r\nhost: a\r\n\r\n")
            assert b"404" in await asyncio.wait_for(reader.readline(), 5)
        reader, writer = await asyncio.open_connection(*envoy.address)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 5) == b""
        assert await envoy.admin.ready()
        for each in (writer, *(writer for _, writer in connections)):
            each.close()
