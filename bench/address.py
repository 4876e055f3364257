"""Where a contender listens."""

import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A host and a port, with TLS or without."""

    port: int
    host: str = "127.0.0.1"
    tls: bool = False

    @classmethod
    def of(cls, url: str) -> Self:
        """The address of an absolute URL.

        Raises:
            ValueError: It is none of http or https.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            msg = f"{url!r} does not begin with http:// or https:// and a host"
            raise ValueError(msg)
        return cls(host=parts.hostname, port=parts.port or _PORTS[parts.scheme], tls=parts.scheme == "https")

    @property
    def host_header(self) -> str:
        """What `host` says."""
        return f"{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext | None:
        """For a connection; a certificate is not verified, for what is measured is its cost and not its truth."""
        if not self.tls:
            return None
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["http/1.1"])
        return context
