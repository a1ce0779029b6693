"""The first events of a run: its attempt and its jobs, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from runyard import language
from runyard.kernel.aggregation import set_status
from runyard.kernel.commands import CreateRun
from runyard.kernel.contexts import Contexts, job_contexts, run_contexts
from runyard.kernel.draft import Draft
from runyard.kernel.emission import settle
from runyard.kernel.errors import Refused
from runyard.kernel.events import AttemptCreated, Event, JobCreated, RunCreated
from runyard.kernel.evolve import evolve
from runyard.kernel.fields import Unusable
from runyard.kernel.matrices import Combination, combinations, placeholder
from runyard.kernel.scope import Scope
from runyard.kernel.state import Diagnostic
from runyard.kernel.status import Status
from runyard.kernel.workflow import Plan, plan
from runyard.language.model import Expression


def create(command: CreateRun) -> list[Event]:
    """Start a run. A file that cannot be used gives a run that has failed, with the reasons and without jobs."""
    found = plan(command.workflow, command.source)
    diagnostics = _reasons(command, found)
    created = _run_created(command, diagnostics)
    if not diagnostics:
        created = replace(created, title=_title(created, found))
    draft = Draft(evolve(None, created), command.at)
    draft.events.append(created)
    draft.emit(AttemptCreated(at=command.at, attempt=1, triggered_by=command.actor))
    if diagnostics:
        set_status(draft, Status.FAILURE)
        return draft.events
    for job in _first_jobs(draft, found, _chosen_keys(found, command.jobs)):
        draft.emit(job)
    settle(Scope(draft))
    return draft.events


def _reasons(command: CreateRun, found: Plan) -> tuple[Diagnostic, ...]:
    if any(each.severity == "error" for each in command.diagnostics):
        return command.diagnostics
    return found.diagnostics


def _run_created(command: CreateRun, diagnostics: tuple[Diagnostic, ...]) -> RunCreated:
    return RunCreated(
        at=command.at,
        repository_id=command.repository_id,
        number=command.number,
        workflow=command.workflow,
        source=command.source,
        title=command.title,
        event=command.event,
        ref=command.ref,
        sha=command.sha,
        actor=command.actor,
        github=command.github,
        inputs=command.inputs,
        vars=command.vars,
        diagnostics=diagnostics,
    )


def _title(created: RunCreated, found: Plan) -> str:
    """`run-name`, evaluated; the given title if there is none, if it is blank or if it cannot be evaluated."""
    if found.workflow is None or found.workflow.run_name is None:
        return created.title
    try:
        name = language.evaluate_value(found.workflow.run_name, run_contexts(evolve(None, created), None, found))
    except language.LanguageError:
        return created.title
    return language.to_string(name).strip() or created.title


def _chosen_keys(found: Plan, asked: tuple[str, ...]) -> frozenset[str]:
    """The keys that become jobs. Raises `Refused` for one that the file does not have."""
    for key in asked:
        if key not in found.jobs:
            raise Refused("job_not_found", f"the workflow has no job '{key}', its jobs are: {', '.join(found.jobs)}")
    return frozenset(asked or found.jobs).union(*(found.ancestors[key] for key in asked))


def _first_jobs(draft: Draft, found: Plan, keys: frozenset[str]) -> Iterator[JobCreated]:
    """The jobs of attempt 1, blocked, numbered in the order of the file."""
    contexts = run_contexts(draft.run, draft.attempt, found) | {"needs": {}}
    number = 0
    for key, definition in found.jobs.items():
        if key not in keys:
            continue
        deferred, born = _known_combinations(found, key, contexts)
        for combination in born:
            number += 1
            job = JobCreated(
                at=draft.at,
                attempt=1,
                job=number,
                key=key,
                status=Status.BLOCKED,
                needs=found.needs[key],
                deferred=deferred,
                continue_on_error=definition.continue_on_error is True,
                **combination._asdict(),
            )
            yield replace(job, name=_first_name(job, contexts, definition.name))


def _known_combinations(found: Plan, key: str, contexts: Contexts) -> tuple[bool, list[Combination]]:
    """The jobs of a key, or its placeholder: for a matrix that waits for needs, and for one that will fail the job."""
    if key not in found.deferred:
        try:
            return False, combinations(found, key, contexts)
        except Unusable:
            pass
    return True, [placeholder(found.jobs[key])]


def _first_name(job: JobCreated, contexts: Contexts, name: object) -> str:
    """The name to show until the job is prepared: evaluated where that is possible already."""
    if job.deferred or not isinstance(name, Expression) or "needs" in language.expression_contexts(name):
        return job.name
    try:
        return language.to_string(language.evaluate(name, job_contexts(contexts, job))).strip() or job.name
    except language.LanguageError:
        return job.name
