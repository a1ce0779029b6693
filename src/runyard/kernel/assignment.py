"""What a runner gets for a job, without tokens, secrets and addresses, which only a server has."""

from __future__ import annotations

from typing import Any

import msgspec

from runyard import language
from runyard.kernel.contexts import github_context
from runyard.kernel.errors import Refused
from runyard.kernel.needs import Need, Results
from runyard.kernel.state import Attempt, Run
from runyard.kernel.workflow import plan_of


class Assignment(msgspec.Struct, frozen=True):
    """One job for a runner.

    `payload` is a workflow of this one job (JSON, which is YAML) whose `if` is true; `context` the `github` context
    without `token`, `run_id` and addresses unless `Run.github` has them; `needs` the direct needs by key.
    """

    payload: str
    context: dict[str, Any]
    needs: dict[str, Need]
    vars: dict[str, str]


def assignment(run: Run, attempt_no: int, job_no: int) -> Assignment:
    """The assignment of a prepared job (one that has waited for a runner). Raises `Refused` `job_not_found`."""
    attempt = _attempt(run, attempt_no)
    job = attempt.jobs.get(job_no) if attempt else None
    plan = plan_of(run)
    if attempt is None or job is None or plan.workflow is None or job.key not in plan.jobs:
        raise Refused("job_not_found", f"run {run.number} has no job {job_no} in attempt {attempt_no}")
    results = Results(lambda: attempt)
    ended = {key: results.need(key) for key in plan.needs[job.key]}
    payload = language.job_payload(
        plan.workflow,
        plan.jobs[job.key],
        name=job.name,
        runs_on=job.runs_on,
        matrix=job.matrix,
        matrix_index=job.matrix_index,
        matrix_total=job.matrix_total,
        max_parallel=job.max_parallel,
        fail_fast=job.fail_fast,
    )
    context = github_context(run, attempt, plan) | {"job": job.key}
    return Assignment(payload, context, {key: need for key, need in ended.items() if need is not None}, run.vars)


def _attempt(run: Run, number: int) -> Attempt | None:
    return next((attempt for attempt in reversed(run.attempts) if attempt.number == number), None)
