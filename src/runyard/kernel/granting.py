"""A concurrency group is free: the attempt or job that was first in its queue begins."""

from __future__ import annotations

from runyard.kernel.commands import GrantConcurrency
from runyard.kernel.draft import Draft
from runyard.kernel.emission import let_go, settle
from runyard.kernel.events import ConcurrencyGranted, Event
from runyard.kernel.scope import Scope
from runyard.kernel.state import Run


def grant(run: Run, command: GrantConcurrency) -> list[Event]:
    """Nothing for one that has ended, wants no group, or holds it already."""
    attempt = run.attempt
    wanting = attempt.jobs.get(command.job) if command.job else attempt
    if wanting is None or wanting.status.is_terminal or wanting.concurrency is None or wanting.concurrency.granted:
        return []
    draft = Draft(run, command.at)
    draft.emit(ConcurrencyGranted(at=command.at, attempt=attempt.number, job=command.job))
    scope = Scope(draft)
    if command.job and not draft.family.children(command.job):
        job = draft.job(command.job)
        let_go(scope.of(job), job.number)
    settle(scope)
    return draft.events
