"""A running Envoy: started, watched, drained and stopped."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from envoy.admin import Admin
from envoy.command import last_message, start
from envoy.errors import EnvoyFailed
from envoy.names import LISTENER
from ext_proc.plugin import Plugin
from runtime.settings.gateway import Gateway

START_SECONDS = 20.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.02
ACTIVE_REQUESTS = "http.edge.downstream_rq_active"


class RunningEnvoy:
    """Envoy in front of the processors and results servers that `gateway` names.

    An async context manager: entered, it serves at `address`; left, it has let requests finish for at most
    `gateway.edge.drain` seconds and has stopped. It never outlives this process.

    Args:
        gateway: What to render. Ports may be 0; see `address` and `admin`.
        folder: Keeps the bootstrap that was rendered, `envoy.json`; the gateway's run folder by default.
        plugins: The registry; what is installed by default.
        bootstrap: What was rendered of `gateway` already; then `plugins` says nothing.
        log: A file for the access log and Envoy's own log; this process's output by default.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        folder: Path | None = None,
        plugins: Mapping[str, type[Plugin]] | None = None,
        bootstrap: str | None = None,
        log: Path | None = None,
    ) -> None:
        self._gateway = gateway
        self._folder = folder or Path(gateway.run)
        self._plugins = plugins
        self._bootstrap = bootstrap
        self._log = log
        self._process: Process | None = None
        self._address: tuple[str, int] | None = None
        self._admin: Admin | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the public listener."""
        if self._address is None:
            raise EnvoyFailed(what="is not running")
        return self._address

    @property
    def admin(self) -> Admin:
        """The admin interface."""
        if self._admin is None:
            raise EnvoyFailed(what="is not running")
        return self._admin

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def ended(self) -> int:
        """Waits until the child is gone, and returns its status (negative: the signal that ended it)."""
        return await self._process.wait() if self._process else 0

    async def stop(self) -> None:
        """Lets requests finish until the deadline, then stops; an Envoy that does not end in time is killed."""
        if self.pid is None:
            return
        with contextlib.suppress(OSError):
            await self._drain()
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended(), STOP_SECONDS)
        except TimeoutError:
            await self._kill()

    async def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config, told = self._folder / "envoy.json", self._folder / "envoy-admin.address"
        config.write_text(self._bootstrap or self._rendered(), encoding="utf-8")
        told.unlink(missing_ok=True)
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if self._log else None
        try:
            self._process = await start(config, admin=told, gateway=self._gateway, log=log)
        finally:
            if log is not None:
                os.close(log)
        await self._wait_until_it_serves(self._process, told)

    def _rendered(self) -> str:
        from envoy.bootstrap import render  # noqa: PLC0415  # see `envoy.rendered`: a supervisor is given the bootstrap
        from ext_proc.registry import discover  # noqa: PLC0415  # as above

        return render(self._gateway, plugins=discover() if self._plugins is None else self._plugins)

    async def _wait_until_it_serves(self, process: Process, told: Path) -> None:
        ended = asyncio.ensure_future(process.wait())
        serves = asyncio.ensure_future(self._serves(told))
        try:
            await asyncio.wait((ended, serves), timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise EnvoyFailed(what=f"ended at once with status {ended.result()}", said=self._last_words())
            if not serves.done():
                raise EnvoyFailed(what=f"did not serve within {START_SECONDS:.0f} s")
            self._admin, self._address = serves.result()
        finally:
            ended.cancel()
            serves.cancel()

    async def _serves(self, told: Path) -> tuple[Admin, tuple[str, int]]:
        """Envoy tells nobody when it is up: its admin interface has to be asked."""
        while True:
            admin = _admin_from(told)
            if admin and await admin.ready():
                address = await admin.listener_address(LISTENER)
                if address:
                    return admin, address
            await asyncio.sleep(POLL_SECONDS)

    def _last_words(self) -> str:
        return last_message(self._log.read_text(errors="replace")) if self._log else "see what it logged"

    async def _drain(self) -> None:
        await self.admin.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._gateway.edge.drain):
                while await self.admin.stat(ACTIVE_REQUESTS):  # noqa: ASYNC110 - Envoy has no event to wait for
                    await asyncio.sleep(POLL_SECONDS)

    async def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        await self.ended()

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)


def _admin_from(told: Path) -> Admin | None:
    """The interface whose address Envoy has written, once it has."""
    text = told.read_text(encoding="utf-8") if told.exists() else ""
    host, _, port = text.strip().rpartition(":")
    return Admin(host, int(port)) if port else None
