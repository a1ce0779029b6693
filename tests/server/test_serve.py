"""The server as a process: the port, the signals, the files it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from runyard.server.serve import CannotListen, listen
from runyard.services.lifecycle import close_services, open_services
from runyard.services.register import create_runner
from runyard.services.settings import Settings
from tests.support.fleet import RunnerClient, create_repository, create_run

SERVER = """
import asyncio, sys
from pathlib import Path
from runyard.server.serve import listen, serve_on
from runyard.services.lifecycle import close_services, open_services
from runyard.services.settings import Settings

async def main():
    async def leaving():
        print("leaving", flush=True)
    settings = Settings(data=Path(sys.argv[1]), port=0)
    with listen(settings) as listener:
        services = open_services(settings)
        try:
            port = listener.getsockname()[1]
            await serve_on(listener, services, ready=lambda: print(port, flush=True), leaving=leaving)
        finally:
            await close_services(services)
    print("closed", flush=True)

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def process(data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A server process and its address."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(data), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    try:
        yield started, f"http://127.0.0.1:{int(await started.stdout.readline())}"
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def prepared(data: Path) -> tuple[str, str]:
    """A data folder with one waiting job; the uuid and secret of a runner."""
    services = open_services(Settings(data=data, port=0))
    await create_run(services, await create_repository(services))
    row, secret = await create_runner(services, name="r", labels=["linux"])
    await close_services(services)
    return row.uuid, secret


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_server_at_once_and_answers_held_fetches(tmp_path: Path, number: int) -> None:
    uuid, secret = await prepared(tmp_path)
    async with process(tmp_path) as (server, address), aiohttp.ClientSession() as session:
        runner = RunnerClient(session, address, uuid, secret)
        assert (await runner.fetch()).HasField("task")
        held = asyncio.create_task(runner.fetch(version=0, hold=60))
        await (RunnerClient(session, address, uuid, secret)).fetch(version=0, hold=0.2)
        start = monotonic()
        server.send_signal(number)
        assert not (await held).HasField("task")
        output, errors = await server.communicate()
        assert (server.returncode, output, errors) == (0, b"leaving\nclosed\n", b"")
        assert monotonic() - start < 5


async def test_a_killed_server_has_lost_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    uuid, secret = await prepared(tmp_path)
    async with process(tmp_path) as (server, address), aiohttp.ClientSession() as session:
        runner = RunnerClient(session, address, uuid, secret)
        task = (await runner.fetch(key="k")).task
        assert await runner.log(task.id, 0, "one", "two") == 2
        server.kill()
        await server.wait()
    async with process(tmp_path) as (server, address), aiohttp.ClientSession() as session:
        runner = RunnerClient(session, address, uuid, secret)
        assert (await runner.fetch(key="k")).task.id == task.id
        assert await runner.log(task.id, 2, "three", no_more=True) == 3
        assert (await runner.update(task.id, 1)).state.result == 1


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} is in use"):
            listen(Settings(data=tmp_path, port=port))


async def test_the_signing_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "new" / "folder", port=0)
    first = open_services(settings)
    await close_services(first)
    second = open_services(settings)
    await close_services(second)
    assert first.signing_key == second.signing_key
    assert len(first.signing_key) == 32
    assert stat.S_IMODE((settings.data / "signing.key").stat().st_mode) == 0o600
