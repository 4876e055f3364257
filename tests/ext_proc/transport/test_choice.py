"""The transport that is chosen, and no other, is brought into the process."""

import subprocess
import sys

import pytest

from ext_proc.stream import Stream
from ext_proc.transport.choice import Name, server_for
from ext_proc.transport.grpcio import GrpcServer
from ext_proc.transport.health import Health
from ext_proc.transport.native import NativeServer


def _stream() -> Stream:
    raise AssertionError("nothing is served here")


@pytest.mark.parametrize(("name", "kind"), [("native", NativeServer), ("grpcio", GrpcServer)])
def test_each_name_has_its_transport(name: Name, kind: type) -> None:
    """As gateway.yaml calls them."""
    server = server_for(name, open_stream=_stream, max_streams=1, health=Health(), count=lambda _: None)
    assert isinstance(server, kind)


def test_a_native_processor_imports_no_grpc() -> None:
    """Its whole composition root is imported without it."""
    code = "import ext_proc.app, ext_proc.transport.native, sys; print('grpc' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "False" == said.stdout.strip()
