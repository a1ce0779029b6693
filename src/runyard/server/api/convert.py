"""From read models to the JSON of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.server.api import shapes
from runyard.services.payload import repository_json, timestamp, user_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.kernel.rerun_plan import RerunPlan
    from runyard.kernel.state import Abort, Job, Task
    from runyard.kernel.state import Run as RunState
    from runyard.kernel.status import Status
    from runyard.services.job_trees import JobAction
    from runyard.services.show import ListedRun, RunView
    from runyard.store.repositories import Repository
    from runyard.store.runs import RunSummary

_STATUS = {"waiting": "queued", "blocked": "pending", "running": "in_progress", "cancelling": "in_progress"}


def status_words(status: Status) -> tuple[str, str | None]:
    """GitHub's status and conclusion."""
    if status.is_terminal:
        return "completed", status.label
    return _STATUS.get(status.label, "queued"), None


def repository_url(base_url: str, repository: Repository) -> str:
    """The repository's address in the API."""
    return f"{base_url}/api/v1/repos/{repository.owner}/{repository.name}"


def run_page(base_url: str, repository: Repository, number: int) -> str:
    """The run's page."""
    return f"{base_url}/{repository.owner}/{repository.name}/actions/runs/{number}"


def listed_run(base_url: str, listed: ListedRun) -> shapes.Run:
    """A run in a list, at its latest attempt."""
    run = listed.run
    return _run(
        base_url, listed.repository, run, run.id, run.attempt, run.status, (run.started, run.stopped), run.actor
    )


def shown_run(base_url: str, view: RunView) -> shapes.Run:
    """A run at the attempt of the view."""
    attempt = view.attempt
    times = (attempt.started, attempt.stopped)
    shown = _run(
        base_url, view.repository, view.run, view.id, attempt.number, attempt.status, times, attempt.triggered_by
    )
    shown.diagnostics = [
        shapes.Diagnostic(each.path, each.line, each.column, each.code, each.message, each.severity)
        for each in view.run.diagnostics
    ]
    shown.abort = _abort(attempt.abort)
    shown.approval = _approval(view)
    shown.need_approval = shown.approval is not None and shown.approval.state == "needed"
    shown.debug = attempt.debug
    return shown


def _approval(view: RunView) -> shapes.Approval | None:
    """What was decided, by whom; None where nothing had to be."""
    run, decided = view.run, view.run.approval
    if decided is not None:
        state, by, at = str(decided.state), decided.by, timestamp(decided.at)
        return shapes.Approval(state, by, at, run.author, run.pull_request, decided.sha, decided.digest)
    if view.trust is not None:
        by, at = view.trust.by, timestamp(view.trust.at)
        return shapes.Approval("trusted", by, at, run.author, run.pull_request, run.sha, "")
    return None


def planned(view: RunView, plan: RerunPlan) -> shapes.RerunPlan:
    """What a re-run would do with the jobs of the view's attempt."""

    def jobs(numbers: Sequence[int]) -> list[shapes.PlannedJob]:
        found = [(number, view.attempt.jobs[number]) for number in numbers]
        return [
            shapes.PlannedJob(view.job_ids[number], number, job.name, *status_words(job.status))
            for number, job in found
        ]

    return shapes.RerunPlan(view.id, view.attempt.number + 1, jobs(plan.execute), jobs(plan.reopen), jobs(plan.carry))


def _run(
    base_url: str,
    repository: Repository,
    run: RunState | RunSummary,
    run_id: int,
    attempt: int,
    status: Status,
    times: tuple[int, int],
    triggered_by: str,
) -> shapes.Run:
    address = f"{repository_url(base_url, repository)}/actions/runs/{run_id}"
    words = status_words(status)
    where = repository_json(base_url, repository)
    trigger = user_json(base_url, triggered_by)
    return shapes.Run(
        id=run_id,
        url=address,
        html_url=run_page(base_url, repository, run.number),
        display_title=run.title,
        path=f"{run.workflow}@{run.ref}",
        workflow_id=run.workflow.rpartition("/")[2],
        event=run.event,
        run_number=run.number,
        run_attempt=attempt,
        previous_attempt_url=f"{address}/attempts/{attempt - 1}" if attempt > 1 else None,
        repository_id=repository.id,
        head_sha=run.sha,
        head_branch=short_ref(run.ref),
        status=words[0],
        conclusion=words[1],
        actor=user_json(base_url, run.actor),
        trigger_actor=trigger,
        triggering_actor=trigger,
        repository=where,
        head_repository=where,
        created_at=timestamp(run.created),
        updated_at=timestamp(max(run.created, *times)),
        started_at=timestamp(times[0]),
        run_started_at=timestamp(times[0]),
        completed_at=timestamp(times[1]),
        jobs_url=f"{address}/jobs",
        logs_url=f"{address}/logs",
        artifacts_url=f"{address}/artifacts",
        cancel_url=f"{address}/cancel",
        rerun_url=f"{address}/rerun",
    )


def short_ref(ref: str) -> str | None:
    """The branch's or tag's name."""
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/") or None


def shown_job(base_url: str, view: RunView, number: int) -> shapes.Job:
    """One job of the view's attempt."""
    job, run = view.attempt.jobs[number], view.run
    task = _shown_task(view, job)
    status, conclusion = status_words(job.status)
    address = f"{repository_url(base_url, view.repository)}/actions"
    page = run_page(base_url, view.repository, run.number)
    return shapes.Job(
        id=view.job_ids[number],
        url=f"{address}/jobs/{view.job_ids[number]}",
        html_url=f"{page}/attempts/{view.attempt.number}/jobs/{number}",
        run_id=view.id,
        run_url=f"{address}/runs/{view.id}",
        number=number,
        name=job.name,
        labels=list(job.runs_on),
        run_attempt=view.attempt.number,
        head_sha=run.sha,
        head_branch=short_ref(run.ref),
        workflow_name=run.workflow.rpartition("/")[2],
        status=status,
        conclusion=conclusion,
        runner_id=task.runner_id if task else None,
        runner_name=task.runner_name if task else None,
        steps=_steps(task),
        needs=list(job.needs),
        cause=job.cause,
        cause_code=job.code,
        waiting_reason=_waiting(view, number),
        abort=_abort(job.abort),
        created_at=timestamp(job.created),
        started_at=timestamp(job.started),
        completed_at=timestamp(job.stopped),
    )


def job_action(action: JobAction) -> shapes.JobAction:
    """What a job made for itself."""
    return shapes.JobAction(
        name=action.name,
        parent=action.parent,
        title=action.title,
        group=action.group,
        phase=action.phase.name.lower(),
        attempt=action.attempts,
        abort_reason=action.abort_reason,
        state_version=action.state_version,
        created_at=timestamp(action.created),
        started_at=timestamp(action.started) if action.started else None,
        ended_at=timestamp(action.ended) if action.ended else None,
    )


def _abort(abort: Abort | None) -> shapes.Abort | None:
    if abort is None:
        return None
    return shapes.Abort(
        by=abort.by,
        reason=abort.reason,
        code=abort.code,
        force=abort.force,
        requested_at=timestamp(abort.requested),
        tries=abort.tries,
        delivered_at=timestamp(abort.delivered) if abort.delivered else None,
        gave_up_at=timestamp(abort.gave_up) if abort.gave_up else None,
    )


def _waiting(view: RunView, number: int) -> shapes.WaitingReason | None:
    reason = view.reasons.get(number)
    return None if reason is None else shapes.WaitingReason(reason.code, reason.message, list(reason.jobs))


def _shown_task(view: RunView, job: Job) -> Task | None:
    """The job's newest dispatch; of a carried-over job, the one whose result it repeats."""
    if job.source_attempt:
        return view.run.attempts[job.source_attempt - 1].jobs[job.number].task
    return job.task


def _steps(task: Task | None) -> list[shapes.Step]:
    steps = []
    for step in task.steps if task else ():
        status, conclusion = status_words(step.status)
        times: tuple[Any, ...] = (timestamp(step.started), timestamp(step.stopped))
        steps.append(shapes.Step(step.name, step.index + 1, status, conclusion, *times))
    return steps
