"""The contexts that the server evaluates expressions with: github, inputs, vars, needs, strategy, matrix."""

from __future__ import annotations

from typing import Any, Protocol

from runyard.kernel.needs import Results, needs_context
from runyard.kernel.state import Attempt, Run
from runyard.kernel.workflow import Plan

Contexts = dict[str, Any]


class OfMatrix(Protocol):
    """A job, or what one is born with: its place in its matrix."""

    @property
    def matrix(self) -> dict[str, Any] | None: ...
    @property
    def matrix_index(self) -> int: ...
    @property
    def matrix_total(self) -> int: ...
    @property
    def max_parallel(self) -> int: ...
    @property
    def fail_fast(self) -> bool: ...


def github_context(run: Run, attempt: Attempt | None, plan: Plan) -> dict[str, Any]:
    """The `github` context of an attempt. Ids and addresses that only a server knows come from `Run.github`.

    Values are strings, except `event` and what `Run.github` holds otherwise.
    """
    kind, _, name = run.ref.removeprefix("refs/").partition("/")
    context: dict[str, Any] = {
        "actor": run.actor,
        "event": {},
        "event_name": run.event,
        "ref": run.ref,
        "ref_name": name if run.ref.startswith("refs/") else run.ref,
        "ref_type": "tag" if kind == "tags" else "branch",
        "run_number": str(run.number),
        "sha": run.sha,
        "workflow": (plan.workflow.name if plan.workflow else "") or run.workflow,
        "workflow_sha": run.sha,
    }
    context |= run.github
    if "repository" in context:
        context.setdefault("workflow_ref", f"{context['repository']}/{run.workflow}@{run.ref}")
    context["run_attempt"] = str(attempt.number if attempt else 1)
    context["triggering_actor"] = attempt.triggered_by if attempt else run.actor
    return context


def run_contexts(run: Run, attempt: Attempt | None, plan: Plan) -> Contexts:
    """What `run-name` and everything below it may read."""
    return {"github": github_context(run, attempt, plan), "inputs": run.inputs, "vars": run.vars}


def key_contexts(base: Contexts, results: Results, plan: Plan, key: str) -> Contexts:
    """What a job's `if` and `strategy` may read: `base` and its needs."""
    return base | {"needs": needs_context(results, plan.needs[key])}


def job_contexts(base: Contexts, job: OfMatrix) -> Contexts:
    """What the other evaluated keys of a job may read: also its matrix and strategy."""
    strategy = {
        "fail-fast": job.fail_fast,
        "job-index": job.matrix_index,
        "job-total": job.matrix_total,
        "max-parallel": job.max_parallel or job.matrix_total,
    }
    return base | {"strategy": strategy, "matrix": job.matrix}
