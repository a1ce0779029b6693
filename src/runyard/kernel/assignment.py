"""What a runner gets for a job, without tokens, secrets and addresses, which only a server has."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

import msgspec

from runyard import language
from runyard.kernel.calling import call_contexts
from runyard.kernel.draft import Draft
from runyard.kernel.errors import Refused
from runyard.kernel.needs import Need
from runyard.kernel.scope import Scope
from runyard.kernel.secrets import PassedOn, SecretsPlan
from runyard.kernel.state import Job, Run
from runyard.kernel.workflow import Plan
from runyard.language.model import Job as Definition
from runyard.language.model import Trigger, Workflow

CALL = "workflow_call"
KEPT_PAYLOADS = 1024


class Assignment(msgspec.Struct, frozen=True):
    """One job for a runner.

    `payload` is a workflow of this one job (JSON, which is YAML) whose `if` is true. `shared` is the `github` context
    without `token`, `run_id` and addresses unless `Run.github` has them, `own` what takes its place for this job;
    `needs` the direct needs by key. `secrets` says which secrets the job gets (`runyard.kernel.secrets.resolve`),
    `permissions` what its token may do: `read` or `write` by scope.
    """

    payload: str
    shared: dict[str, Any]
    own: dict[str, Any]
    needs: dict[str, Need]
    vars: dict[str, str]
    secrets: SecretsPlan
    permissions: dict[str, str]

    @property
    def context(self) -> dict[str, Any]:
        """The whole context."""
        return self.shared | self.own


def assignment(run: Run, attempt_no: int, job_no: int) -> Assignment:
    """The assignment of a prepared job (one that has waited for a runner). Raises `Refused` `job_not_found`."""
    seen = msgspec.structs.replace(run, attempts=run.attempts[:attempt_no])
    job = seen.attempt.jobs.get(job_no) if 1 <= attempt_no <= len(run.attempts) else None
    scope = Scope(Draft(seen, at=0))
    here = scope.of(job) if job else scope
    workflow = here.plan.workflow
    if job is None or workflow is None or job.key not in here.plan.jobs:
        raise Refused("job_not_found", f"run {run.number} has no job {job_no} in attempt {attempt_no}")
    definition = here.plan.jobs[job.key]
    shared = scope.base["github"]
    own: dict[str, Any] = {"job": job.key}
    if here.above is not None:
        own |= _of_call(shared, here.base["inputs"])
        payload = _payload(_called(workflow, here.base["inputs"], name=shared["workflow"]), definition, job)
    elif definition.strategy is None:
        payload = _usual_payload(here.plan, job.key, job.name, job.runs_on)
    else:
        payload = _payload(workflow, definition, job)
    needs = {key: here.results.need(key) for key in here.plan.needs[job.key]}
    return Assignment(
        payload=payload,
        shared=shared,
        own=own,
        needs={key: need for key, need in needs.items() if need is not None},
        vars=run.vars,
        secrets=_secrets(here),
        permissions=language.job_permissions(workflow, definition),
    )


@lru_cache(maxsize=KEPT_PAYLOADS)
def _usual_payload(plan: Plan, key: str, name: str, runs_on: tuple[str, ...]) -> str:
    """The payload of a job without `strategy` in the run's own file: the same for every run of that file."""
    assert plan.workflow is not None
    return language.job_payload(plan.workflow, plan.jobs[key], name=name, runs_on=runs_on)


def _payload(workflow: Workflow, definition: Definition, job: Job) -> str:
    return language.job_payload(
        workflow,
        definition,
        name=job.name,
        runs_on=job.runs_on,
        matrix=job.matrix,
        matrix_index=job.matrix_index,
        matrix_total=job.matrix_total,
        max_parallel=job.max_parallel,
        fail_fast=job.fail_fast,
    )


def _of_call(github: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """What is different for a job of a called workflow.

    Gitea's and Forgejo's runners look for inputs in the event, as texts, and only if it is called `workflow_call`. Ours
    takes `inputs`, and shows the run's own event as GitHub does.
    """
    texts = {name: language.to_string(value) for name, value in inputs.items()}
    return {
        "event": github["event"] | {"inputs": texts},
        "event_name": CALL,
        "inputs": inputs,
        "run_event_name": github["event_name"],
    }


def _called(workflow: Workflow, inputs: dict[str, Any], *, name: str) -> Workflow:
    """A called workflow as a runner is to see it: named like the run's, its inputs having their values as defaults."""
    declared = workflow.triggers[CALL]
    defaults = {
        each.name: dataclasses.replace(each, required=False, default=inputs.get(each.name))
        for each in declared.inputs.values()
    }
    trigger = Trigger(CALL, declared.position, inputs=defaults)
    return dataclasses.replace(workflow, name=name, triggers={CALL: trigger})


def _secrets(scope: Scope) -> SecretsPlan:
    calls: list[PassedOn] = []
    while scope.above is not None:
        caller, above = scope.draft.job(scope.caller), scope.above
        calls.append(PassedOn(above.plan.jobs[caller.key], call_contexts(above, caller)))
        scope = above
    return tuple(reversed(calls))
