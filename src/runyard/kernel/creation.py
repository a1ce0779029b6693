"""The first events of a run: its attempt and its jobs, or why there are none."""

from __future__ import annotations

from msgspec.structs import replace

from runyard import language
from runyard.kernel.aggregation import set_status
from runyard.kernel.beginning import begin
from runyard.kernel.commands import CreateRun
from runyard.kernel.contexts import run_contexts
from runyard.kernel.draft import Draft
from runyard.kernel.errors import Refused
from runyard.kernel.events import AttemptCreated, Event, RunCreated
from runyard.kernel.evolve import evolve
from runyard.kernel.first_jobs import first_jobs, room_for
from runyard.kernel.scope import Scope
from runyard.kernel.state import Diagnostic
from runyard.kernel.status import Status
from runyard.kernel.workflow import Plan, followed


def create(command: CreateRun) -> list[Event]:
    """Start a run. A file that cannot be used gives a run that has failed, with the reasons and without jobs."""
    found = followed(command.workflow, command.source, command.called)
    diagnostics = _reasons(command, found)
    draft = _begin(command, found, diagnostics)
    if not diagnostics:
        scope = Scope(draft)
        jobs = first_jobs(scope, _chosen_keys(found, command.jobs))
        too_many = room_for(scope, len(jobs))
        if not too_many:
            for job in jobs:
                draft.emit(job)
            begin(scope, approval=command.approval)
            return draft.events
        draft = _begin(command, found, (Diagnostic(command.workflow, 0, 0, "too-many-jobs", too_many),))
    set_status(draft, Status.FAILURE)
    return draft.events


def _begin(command: CreateRun, found: Plan, diagnostics: tuple[Diagnostic, ...]) -> Draft:
    """The run and its first attempt, still without jobs."""
    created = _run_created(command, diagnostics)
    if not diagnostics:
        created = replace(created, title=_title(created, found))
    draft = Draft(evolve(None, created), command.at)
    draft.events.append(created)
    draft.emit(AttemptCreated(at=command.at, attempt=1, triggered_by=command.actor))
    return draft


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
        called=command.called,
        diagnostics=diagnostics,
        fork=command.fork,
        pull_request=command.pull_request,
        author=command.author,
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
