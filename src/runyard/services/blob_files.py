"""The bytes of artifacts and caches: files in the folder `blobs` of the data folder, named by their rows' `blob`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.services.context import Services


async def remove_blobs(services: Services, blobs: Iterable[str]) -> None:
    """Remove bytes for good. What is gone already is no mistake."""
    folder = services.settings.data / "blobs"
    await asyncio.to_thread(_unlink, [folder / blob for blob in blobs])


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
