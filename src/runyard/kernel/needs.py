"""What the jobs of an attempt have come to, by key: the `needs` context and what success() and failure() look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from runyard.kernel.draft import Draft
from runyard.kernel.state import Job
from runyard.kernel.status import Status


class Need(msgspec.Struct, frozen=True):
    """What dependents see of a key: one result for all its matrix jobs, and their outputs merged."""

    outputs: dict[str, str]
    result: Status


class Results:
    """The results of the keys of one file, read when asked for: the run's own, or the one that `caller` calls."""

    def __init__(self, draft: Draft, caller: int = 0) -> None:
        self._draft = draft
        self._caller = caller
        self._ended: dict[str, Need] = {}

    def jobs(self, key: str) -> list[Job]:
        """The jobs of a key as they now are."""
        jobs = self._draft.attempt.jobs
        return [jobs[number] for number in self._draft.family.group(self._caller, key)]

    def need(self, key: str) -> Need | None:
        """What has become of a key; None while one of its jobs has not ended."""
        ended = self._ended.get(key)
        if ended is None:
            ended = merge(self.jobs(key))
            if ended is not None:
                self._ended[key] = ended
        return ended

    def all_ended(self, keys: Iterable[str]) -> bool:
        """Whether none of these keys has a job that has not ended."""
        return all(self.need(key) is not None for key in keys)

    def all_succeeded(self, keys: Iterable[str]) -> bool:
        """Whether each of these keys has ended as a success; a skipped one has not."""
        return all((need := self.need(key)) is not None and need.result is Status.SUCCESS for key in keys)

    def any_failed(self, keys: Iterable[str]) -> bool:
        """Whether one of these keys has ended as a failure."""
        return any((need := self.need(key)) is not None and need.result is Status.FAILURE for key in keys)


def merge(jobs: list[Job]) -> Need | None:
    """One result for the jobs of a key, None while one has not ended.

    Failure beats cancelled beats success beats skipped; a failure with continue-on-error is a success. Of outputs with
    one name the job that ended last wins, but an empty value never hides another.
    """
    if not all(job.status.is_terminal for job in jobs):
        return None
    results = {dependents_see(job) for job in jobs}
    result = next((status for status in _STRENGTH if status in results), Status.SUCCESS)
    outputs: dict[str, str] = {}
    for job in sorted(jobs, key=lambda job: (job.stopped, job.number)):
        for name, value in job.outputs.items():
            if value or name not in outputs:
                outputs[name] = value
    return Need(outputs, result)


def dependents_see(job: Job) -> Status:
    """A job's result for others: continue-on-error hides a failure."""
    return Status.SUCCESS if job.status is Status.FAILURE and job.continue_on_error else job.status


def needs_context(results: Results, keys: Iterable[str]) -> dict[str, Any]:
    """The `needs` context for a job with these direct needs; keys that have not ended are missing."""
    ended = {key: results.need(key) for key in keys}
    return {
        key: {"result": need.result.label, "outputs": need.outputs} for key, need in ended.items() if need is not None
    }


_STRENGTH = (Status.FAILURE, Status.CANCELLED, Status.SUCCESS, Status.SKIPPED)
