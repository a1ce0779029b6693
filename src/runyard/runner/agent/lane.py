"""Where the calls of some running jobs take turns."""

from __future__ import annotations

import asyncio


class Lane:
    """`turn` is held by the one that calls; `jobs` counts those that are running."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.jobs = 0
