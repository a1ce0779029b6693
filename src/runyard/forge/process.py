"""One git process of an exchange: bytes in, bytes out, both streamed, and an end that always comes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from runyard.forge.git import GitError, environment

_CHUNK = 65536
_COMPLAINT_LIMIT = 4096
_PATIENCE_SECONDS = 5


class GitProcess:
    """A git service process with its own process group. Use as an async context manager: leaving it ends the group.

    Ending asks politely first (SIGTERM), so that git removes the half received objects of a broken push.
    """

    def __init__(self, repository: Path, arguments: tuple[str, ...], protocol: str = "") -> None:
        self._repository = repository
        self._arguments = arguments
        self._protocol = protocol
        self._complaint = b""

    async def __aenter__(self) -> GitProcess:
        try:
            self._process = await asyncio.create_subprocess_exec(
                "git",
                *self._arguments,
                str(self._repository),
                env=environment(self._protocol),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise GitError(f"git could not be started: {error.strerror}") from error
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._signal(signal.SIGTERM)
        await asyncio.shield(asyncio.ensure_future(self._reap()))

    async def _reap(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._drain()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._drain()
        self._listener.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _drain(self) -> None:
        async for _ in self.output():
            pass
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(_CHUNK):
            self._complaint = (self._complaint + data)[-_COMPLAINT_LIMIT:]

    async def write_all(self, body: AsyncIterator[bytes]) -> None:
        """Feed the body to git, no faster than git reads. A git that stops reading early is not an error here; a body
        that breaks ends git, so that nobody waits for it, and is raised.
        """
        stdin = self._process.stdin
        assert stdin is not None
        try:
            async for chunk in body:
                stdin.write(chunk)
                await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass
        except BaseException:
            self._signal(signal.SIGTERM)
            raise
        stdin.close()

    async def output(self) -> AsyncIterator[bytes]:
        """What git answers, as it comes."""
        assert self._process.stdout is not None
        while data := await self._process.stdout.read(_CHUNK):
            yield data

    async def finish(self) -> None:
        """Wait for the end. Raises GitError with git's last words if it failed."""
        if await self._process.wait() != 0:
            await self._listener
            lines = self._complaint.decode("utf-8", "replace").strip().splitlines()
            raise GitError(lines[-1] if lines else f"git ended with status {self._process.returncode}")
