"""How many more jobs of a repository may run now, while jobs are being given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.policy import policy_of
from runyard.store import concurrency, tasks

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx


class Room:
    """One transaction's count. A repository with a limit is locked, so that no other server counts at the same time.

    `full`: the repositories that have been found to have no room left.
    """

    def __init__(self, services: Services, tx: Tx) -> None:
        self._services = services
        self._tx = tx
        self._left: dict[int, int | None] = {}
        self.full: set[int] = set()

    def admits(self, repository_id: int) -> bool:
        """Whether one more job of this repository may run; it is then counted."""
        if repository_id not in self._left:
            self._left[repository_id] = self._count(repository_id)
        left = self._left[repository_id]
        if left is None:
            return True
        if left <= 0:
            self.full.add(repository_id)
            return False
        self._left[repository_id] = left - 1
        return True

    def _count(self, repository_id: int) -> int | None:
        limit = policy_of(self._services, self._tx, repository_id).running_jobs
        if not limit:
            return None
        concurrency.lock(self._tx, repository_id)
        return limit - tasks.running(self._tx, repository_id)
