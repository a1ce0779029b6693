"""Running again: the plan, which changes nothing, and the new attempt."""

from __future__ import annotations

from litestar import get, post
from litestar.params import FromQuery

from runyard.server.api.convert import planned, shown_job
from runyard.server.api.inputs import Caller, Number, RerunOptions, Text, TheServices
from runyard.server.api.runs import ACTIONS, RUN, run_shown
from runyard.server.api.shapes import Job, Rerun, RerunPlan, Run
from runyard.services import show
from runyard.services.access import actor_of, writable
from runyard.services.context import Services
from runyard.services.errors import NotFound
from runyard.services.identity import Identity
from runyard.services.rerun import plan_rerun, rerun
from runyard.services.show import RunView
from runyard.services.states import RerunKind


@get(RUN + "/rerun-plan", tags=["actions"])
async def plan(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    run_id: Number,
    kind: FromQuery[RerunKind] = RerunKind.ALL,
    job: FromQuery[int] = 0,
) -> RerunPlan:
    """What a re-run would do, or why it is refused. `kind`: all, failed, or job; then `job` is its id."""
    view = await show.run_by_id(services, identity, owner, repo, run_id)
    number = next((number for number, job_id in view.job_ids.items() if job_id == job), 0)
    if job and not number:
        raise NotFound(f"the latest attempt of run {run_id} has no job with id {job}", code="job_not_found")
    found = await plan_rerun(services, run_id, kind=kind, job=number)
    return planned(view, found)


@post(RUN + "/rerun", tags=["actions"])
async def rerun_all(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    run_id: Number,
    data: RerunOptions = None,
) -> Run:
    """Run all jobs again, as a new attempt."""
    return await _rerun_run(services, identity, owner, repo, run_id, RerunKind.ALL, data)


@post(RUN + "/rerun-failed-jobs", tags=["actions"])
async def rerun_failed(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    run_id: Number,
    data: RerunOptions = None,
) -> Run:
    """Run the failed and cancelled jobs and their dependents again; the others keep their results."""
    return await _rerun_run(services, identity, owner, repo, run_id, RerunKind.FAILED, data)


@post(RUN + "/jobs/{job_id:int}/rerun", tags=["actions"])
async def rerun_job_of_run(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    run_id: Number,
    job_id: Number,
    data: RerunOptions = None,
) -> Job:
    """Run one job and its dependents again, as a new attempt. Answers with the job's new row."""
    await writable(services, identity, owner, repo)
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    if view.id != run_id:
        raise NotFound(f"run {run_id} has no job with id {job_id}")
    return await _rerun_job(services, identity, view, number, data)


@post(ACTIONS + "/jobs/{job_id:int}/rerun", tags=["actions"])
async def rerun_job(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    job_id: Number,
    data: RerunOptions = None,
) -> Job:
    """The same, by the job alone."""
    await writable(services, identity, owner, repo)
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    return await _rerun_job(services, identity, view, number, data)


async def _rerun_run(
    services: Services, identity: Identity, owner: str, repo: str, run_id: int, kind: RerunKind, data: Rerun | None
) -> Run:
    await writable(services, identity, owner, repo)
    await show.run_by_id(services, identity, owner, repo, run_id)
    debug = data is not None and data.enable_debug_logging
    await rerun(services, run_id, kind=kind, by=actor_of(identity).name, debug=debug)
    return await run_shown(services, identity, owner, repo, run_id)


async def _rerun_job(services: Services, identity: Identity, view: RunView, number: int, data: Rerun | None) -> Job:
    debug = data is not None and data.enable_debug_logging
    await rerun(services, view.id, kind=RerunKind.JOB, job=number, by=actor_of(identity).name, debug=debug)
    repository = view.repository
    again = await show.run_by_id(services, identity, repository.owner, repository.name, view.id)
    return shown_job(services.settings.base_url, again, number)
