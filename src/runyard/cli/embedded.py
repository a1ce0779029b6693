"""The server's own runner: a process beside it that speaks the runner protocol over loopback like any other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from runyard.runner.agent.errors import AgentError
from runyard.runner.agent.registration import Registration, load, locked, save
from runyard.services.register import create_runner
from runyard.store import runners

if TYPE_CHECKING:
    from runyard.services.context import Services

LABELS = ("ubuntu-latest:host", "ubuntu-24.04:host", "ubuntu-22.04:host", "self-hosted:host", "linux:host", "host:host")
STOP_SECONDS = 15.0
RESTART_SECONDS = 1.0


class EmbeddedRunner:
    """Starts the runner, starts it again if it dies, stops it."""

    def __init__(self, services: Services, capacity: int) -> None:
        self._services = services
        self._capacity = capacity
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Register it where needed and start its process."""
        self._process = await self._spawn(await self._registration())
        self._supervisor = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        """Have it cancel its jobs (the second signal) and send its last reports; kill it if that takes too long."""
        if self._supervisor is not None:
            self._supervisor.cancel()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()

    async def _supervise(self) -> None:
        while self._process is not None:
            await self._process.wait()
            await asyncio.sleep(RESTART_SECONDS)
            self._process = await self._spawn(await self._registration())

    async def _spawn(self, state: Path) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "runyard", "runner", "start", "--with-parent", str(os.getpid())),
            *("--state", str(state), "--capacity", str(self._capacity)),
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )

    async def _registration(self) -> Path:
        """The first state file that no runner uses now: one that outlived its server may still finish its jobs."""
        folder = self._services.settings.data / "runner"
        folder.mkdir(exist_ok=True)
        for number in count(1):
            path = folder / f"{number}.json"
            if not path.exists() or _is_free(path):
                await self._register(path, "embedded" if number == 1 else f"embedded-{number}")
                return path
        raise AssertionError("count() does not end")

    async def _register(self, path: Path, name: str) -> None:
        """Make `path` name a runner that the server knows under its present address."""
        address = self._services.settings.base_url
        try:
            known = load(path)
            stored = await self._services.database.read(lambda tx: runners.by_uuid(tx, known.uuid))
        except AgentError:
            stored = None
        if stored is None:
            runner, secret = await create_runner(
                self._services, name=name, labels=[each.partition(":")[0] for each in LABELS]
            )
            save(Registration(runner.id, runner.uuid, name, secret, address, LABELS), path)
        elif known.address != address:
            save(Registration(known.id, known.uuid, known.name, known.token, address, LABELS), path)


def _is_free(path: Path) -> bool:
    try:
        with locked(path):
            return True
    except AgentError:
        return False
