"""Git's smart HTTP protocol over the git binary: what to answer to `info/refs`, `git-upload-pack`, `git-receive-pack`.

Bodies are streams in both directions and never held in memory. An answer that is no longer read (closed generator,
cancelled task) ends its git process; so does a request body that raises, and what it raised comes out of the generator.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from runyard.forge.git import call
from runyard.forge.packets import FLUSH, ZERO, PushReport, PushRequest, RefUpdate, accepted_updates, packet
from runyard.forge.process import GitProcess

_INFLATE_STEP = 1 << 16
_SAY_LIMIT = 8000


class Service(enum.StrEnum):
    """The two halves of git's transport."""

    UPLOAD_PACK = "git-upload-pack"
    RECEIVE_PACK = "git-receive-pack"

    @property
    def command(self) -> str:
        """The git subcommand."""
        return self.value.removeprefix("git-")


class BodyError(Exception):
    """The request body is not what its headers say."""


AfterPush = Callable[[list[RefUpdate]], Awaitable[list[str]]]


async def inflate(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Undo `Content-Encoding: gzip` in small steps. Raises BodyError."""
    decoder = zlib.decompressobj(wbits=31)
    try:
        async for chunk in body:
            data = decoder.decompress(chunk, _INFLATE_STEP)
            while data:
                yield data
                data = decoder.decompress(decoder.unconsumed_tail, _INFLATE_STEP)
    except zlib.error as error:
        raise BodyError("the request body is not valid gzip") from error
    if not decoder.eof:
        raise BodyError("the gzip request body is cut off")


async def advertise(repository: Path, service: Service, protocol: str) -> AsyncIterator[bytes]:
    """The answer to `info/refs?service=…`. `protocol` is the Git-Protocol header, or empty."""
    is_plain = "version=2" not in protocol.split(":") or service is Service.RECEIVE_PACK
    heading = packet(f"# service={service.value}\n".encode()) + FLUSH if is_plain else b""
    arguments = (service.command, "--stateless-rpc", "--http-backend-info-refs")
    async with GitProcess(repository, arguments, protocol) as git:
        await git.write_all(_nothing())
        async for data in git.output():
            yield heading + data
            heading = b""
        await git.finish()


async def upload_pack(repository: Path, protocol: str, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Serve a fetch or clone."""
    async with GitProcess(repository, (Service.UPLOAD_PACK.command, "--stateless-rpc"), protocol) as git:
        writer = asyncio.create_task(git.write_all(body))
        try:
            async for data in git.output():
                yield data
            await _over(git, writer)
        finally:
            await _settle(writer)


async def receive_pack(
    repository: Path, protocol: str, body: AsyncIterator[bytes], after: AfterPush
) -> AsyncIterator[bytes]:
    """Serve a push. `after` gets the updates that took effect and is awaited before the answer ends; the lines that it
    returns are shown to the user by git ("remote: …").
    """
    request = PushRequest()
    async with GitProcess(repository, (Service.RECEIVE_PACK.command, "--stateless-rpc"), protocol) as git:
        writer = asyncio.create_task(git.write_all(_watched(body, request)))
        try:
            answer = _Answer(request)
            async for data in git.output():
                if release := answer.hold_back(data):
                    yield release
            await _over(git, writer)
        finally:
            await _settle(writer)
    updates = await _updates(repository, request, answer.report)
    lines = await after(updates) if updates else []
    yield answer.end(lines)


class _Answer:
    """Passes receive-pack's answer on except for its last flush, so that the push is not over before we say so."""

    def __init__(self, request: PushRequest) -> None:
        self._request = request
        self._held = b""
        self._sideband = False
        self.report: PushReport | None = None

    def hold_back(self, data: bytes) -> bytes:
        if self.report is None:
            self._sideband = "side-band-64k" in self._request.capabilities
            self.report = PushReport(sideband=self._sideband)
        self.report.feed(data)
        data = self._held + data
        self._held = data[-len(FLUSH) :]
        return data[: -len(FLUSH)]

    def end(self, lines: list[str]) -> bytes:
        if not (self._sideband and lines and self._held == FLUSH):
            return self._held
        text = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")[:_SAY_LIMIT]
        return packet(b"\x02" + text) + self._held


async def _updates(repository: Path, request: PushRequest, report: PushReport | None) -> list[RefUpdate]:
    """What the push changed: by git's own report, or by the refs themselves for a client that asked for no report."""
    if report is not None and not {"report-status", "report-status-v2"}.isdisjoint(request.capabilities):
        return accepted_updates(request, report)
    if not request.commands:
        return []
    listing = await asyncio.to_thread(call, repository, "for-each-ref", "--format=%(objectname) %(refname)")
    refs = {name: sha for sha, _, name in (line.partition(" ") for line in listing.splitlines())}
    return [c for c in request.commands if refs.get(c.ref, ZERO) == c.after and c.before != c.after]


async def _watched(body: AsyncIterator[bytes], request: PushRequest) -> AsyncIterator[bytes]:
    async for chunk in body:
        request.feed(chunk)
        yield chunk


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def _over(git: GitProcess, writer: asyncio.Task[None]) -> None:
    """Git has said everything. A body that broke is the reason to report, before git's own complaint about it."""
    if writer.done():
        writer.result()
    await git.finish()


async def _settle(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task
