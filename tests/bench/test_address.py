"""An address is a URL's host and port."""

import pytest

from bench.address import Address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8001/chunks", Address(port=8001)),
        ("https://here/", Address(host="here", port=443, tls=True)),
        ("http://here", Address(host="here", port=80)),
    ],
)
def test_of(url: str, expected: Address) -> None:
    """The port is the scheme's where the URL has none; TLS is spoken where it says so."""
    found = Address.of(url)
    assert expected == found
    assert expected.tls is (found.context() is not None)
    assert f"{expected.host}:{expected.port}" == found.host_header


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://here", "http:///x"])
def test_what_is_none(url: str) -> None:
    """Anything else is no address."""
    with pytest.raises(ValueError, match="does not begin with"):
        Address.of(url)
