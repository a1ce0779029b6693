"""The summaries that the jobs of a run wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.store import summaries

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.show import RunView
    from runyard.store import Tx


async def show_summaries(services: Services, view: RunView) -> dict[int, dict[int, str]]:
    """Job number → step index → markdown, for the jobs of the shown attempt that wrote any."""

    def read(tx: Tx) -> dict[int, dict[int, str]]:
        found = {job: summaries.read(tx, task_id) for job, task_id in view.task_ids.items()}
        return {job: texts for job, texts in found.items() if texts}

    return await services.database.read(read)
