"""Why jobs are not done yet, with what only a server knows: its runners, other runs, the repository's limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runyard.kernel.reasons import Reason, Waits, labels, waiting_reason
from runyard.services.policy import policy_of
from runyard.services.runners import is_busy, is_online
from runyard.store import concurrency, runners, runs, tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.kernel.state import Attempt, Job, Run
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository
    from runyard.store.runners import Runner


def waiting_reasons(
    services: Services, tx: Tx, repository: Repository, run_id: int, run: Run, attempt: Attempt
) -> dict[int, Reason]:
    """The reason of every job of the attempt that has not ended, by its number."""
    found = {}
    known = _Known(services, tx, repository)
    for job in attempt.jobs.values():
        reason = waiting_reason(run, attempt, job)
        if reason is None:
            continue
        if reason.code is Waits.APPROVAL:
            reason = _approval_reason(repository, run, reason)
        elif reason.code is Waits.RUNNER:
            reason = known.runner_reason(job, reason)
        elif reason.code is Waits.CONCURRENCY:
            reason = known.group_reason(run_id, attempt, job, reason)
        found[job.number] = reason
    return found


class _Known:
    """Facts that are looked up once, when a job needs them."""

    def __init__(self, services: Services, tx: Tx, repository: Repository) -> None:
        self._services = services
        self._tx = tx
        self._repository = repository
        self._runners: Sequence[Runner] | None = None
        self._is_full: bool | None = None

    def runner_reason(self, job: Job, reason: Reason) -> Reason:
        """Why no runner takes a job that waits for one."""
        if self._runners is None:
            self._runners = self._in_scope()
        fitting = [each for each in self._runners if _fits(each, job)]
        online = [each for each in fitting if is_online(self._services, each)]
        wanted = labels(job.runs_on)
        if self._full():
            return replace(reason, code=Waits.REPOSITORY_LIMIT, message="Waiting: the repository has a limit of jobs")
        if not self._runners:
            return replace(reason, code=Waits.RUNNER_NONE, message="Waiting: there is no runner for this repository")
        if not fitting:
            return replace(reason, code=Waits.RUNNER_LABELS, message=f"Waiting: no runner has {wanted}")
        if not online:
            return replace(reason, code=Waits.RUNNER_OFFLINE, message=f"Waiting: no runner with {wanted} is online")
        if all(is_busy(self._services, each) for each in online):
            return replace(reason, code=Waits.RUNNER_BUSY, message=f"Waiting: all runners with {wanted} are busy")
        return reason

    def group_reason(self, run_id: int, attempt: Attempt, job: Job, reason: Reason) -> Reason:
        """Who holds the group that a job or its run waits for."""
        wanted = job.concurrency
        if attempt.concurrency is not None and not attempt.concurrency.granted:
            wanted = attempt.concurrency
        assert wanted is not None
        members = concurrency.members(self._tx, self._repository.id, wanted.group)
        holder = next((each for each in members if each.granted), None)
        if holder is None:
            return reason
        other = runs.load(self._tx, holder.run_id)
        who = f"run {other.number}" if holder.run_id != run_id else f"job '{attempt.jobs[holder.job].name}'"
        return replace(reason, message=f"{reason.message}, which {who} holds")

    def _in_scope(self) -> Sequence[Runner]:
        repository = self._repository
        return [
            *runners.list(self._tx, repository_id=repository.id),
            *runners.list(self._tx, owner_id=repository.owner_id),
            *runners.list(self._tx),
        ]

    def _full(self) -> bool:
        if self._is_full is None:
            limit = policy_of(self._services, self._tx, self._repository.id).running_jobs
            self._is_full = bool(limit) and tasks.running(self._tx, self._repository.id) >= limit
        return self._is_full


def _approval_reason(repository: Repository, run: Run, reason: Reason) -> Reason:
    """Who may approve, and whose run it is."""
    whose = f" of {run.author}" if run.author else ""
    message = f"Waiting until {repository.owner} or an administrator approves it: the run comes from a fork{whose}"
    return replace(reason, message=message)


def _fits(runner: Runner, job: Job) -> bool:
    offered = {label.partition(":")[0].casefold() for label in runner.labels}
    return {label.casefold() for label in job.runs_on} <= offered
