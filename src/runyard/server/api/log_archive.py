"""All logs of a run in one zip file: `NUMBER_JOB NAME.txt`, a line each: time, a space, text."""

from __future__ import annotations

import asyncio
import re
import tempfile
import zipfile
from collections.abc import AsyncIterator
from typing import IO, TYPE_CHECKING

from litestar import get
from litestar.response import Stream

from runyard.server.api.inputs import Caller, Number, Text, TheServices
from runyard.server.api.jobs import log_text
from runyard.server.api.runs import RUN
from runyard.services import show
from runyard.services.context import Services
from runyard.services.identity import Identity

if TYPE_CHECKING:
    from runyard.services.show import RunView

_IN_MEMORY_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 16
_NOT_IN_NAMES = re.compile(r"[^\w .,()=+-]")


@get(RUN + "/logs", tags=["actions"], media_type="application/zip")
async def of_run(services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number) -> Stream:
    """The logs of the latest attempt's jobs so far."""
    return await _archive(services, identity, owner, repo, run_id, None)


@get(RUN + "/attempts/{attempt:int}/logs", tags=["actions"], media_type="application/zip")
async def of_attempt(
    services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number, attempt: Number
) -> Stream:
    """The logs of an attempt's jobs so far."""
    return await _archive(services, identity, owner, repo, run_id, attempt)


async def _archive(
    services: Services, identity: Identity, owner: str, repo: str, run_id: int, attempt: int | None
) -> Stream:
    view = await show.run_by_id(services, identity, owner, repo, run_id, attempt)
    name = f"{view.repository.name}-run-{view.run.number}-attempt-{view.attempt.number}-logs.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(_zipped(services, view), media_type="application/zip", headers=headers)


async def _zipped(services: Services, view: RunView) -> AsyncIterator[bytes]:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, job in sorted(view.attempt.jobs.items()):
                with archive.open(f"{number}_{_NOT_IN_NAMES.sub('_', job.name)}.txt", "w", force_zip64=True) as entry:
                    await _fill(entry, log_text(services, view, number))
        file.seek(0)
        while data := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield data


async def _fill(entry: IO[bytes], text: AsyncIterator[bytes]) -> None:
    async for piece in text:
        await asyncio.to_thread(entry.write, piece)
