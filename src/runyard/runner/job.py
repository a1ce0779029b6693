"""The whole life of a job, from a task to a result, in the thread of the caller."""

from __future__ import annotations

import time
import traceback

from runyard.runner.cancellation import Cancellation
from runyard.runner.job_log import JobLog
from runyard.runner.job_run import JobRun
from runyard.runner.masks import Masks
from runyard.runner.outputs import evaluate_outputs
from runyard.runner.reporter import Reporter
from runyard.runner.scope import Scope
from runyard.runner.set_up import SetUpError, is_wanted, new_job, secrets_of, set_up
from runyard.runner.settings import RunnerSettings
from runyard.runner.steps.running import run_step
from runyard.runner.steps.step_run import StepRun
from runyard.runner.task import Conclusion, Result, Task
from runyard.runner.workspace import fresh_workspace


def execute(task: Task, reporter: Reporter, settings: RunnerSettings, cancel: Cancellation) -> Result:
    """Run one job. Never raises: whatever goes wrong is in the log and in the result."""
    debugging = settings.debug or task.secrets.get("ACTIONS_STEP_DEBUG") == "true"
    log = JobLog(reporter, Masks(secrets_of(task)), debugging=debugging)
    try:
        with fresh_workspace(settings.work_root, str(task.context.get("repository") or "")) as place:
            run = new_job(task, reporter, settings, cancel, log, place)
            try:
                return _live(run)
            finally:
                run.processes.close()
    except SetUpError as error:
        log.error(str(error))
    except Exception as error:
        log.error(f"The runner failed: {error!r}. This is not the workflow's fault; see the rows below.")
        log.write(traceback.format_exc())
    return Result(Conclusion.FAILURE)


def _live(run: JobRun) -> Result:
    if not is_wanted(run):
        _skip_steps(run)
        return Result(Conclusion.CANCELLED if run.cancel.requested else Conclusion.SKIPPED)
    set_up(run)
    scope = Scope(run, defaults=(run.job.defaults, run.workflow.defaults))
    _run_steps(run, scope)
    _run_posts(run)
    outputs = evaluate_outputs(scope)
    return Result(_conclude(run), outputs)


def _skip_steps(run: JobRun) -> None:
    for index in range(len(run.job.steps)):
        run.reporter.step_finished(index, Conclusion.SKIPPED, time.time_ns())


def _run_steps(run: JobRun, scope: Scope) -> None:
    for index, model in enumerate(run.job.steps):

        def started(index: int = index) -> None:
            run.reporter.step_started(index, time.time_ns())

        def summarise(markdown: str, index: int = index) -> None:
            run.reporter.summary(index, markdown)

        conclusion = run_step(StepRun(scope, model, started, summarise))
        run.reporter.step_finished(index, conclusion, time.time_ns())


def _run_posts(run: JobRun) -> None:
    """In reverse order of registration, whatever happened before."""
    for post in reversed(run.posts):
        run.log.group(post.title)
        run.record(post.run())
        run.log.end_group()


def _conclude(run: JobRun) -> Conclusion:
    run.interruptions.check()
    if run.interruptions.timed_out:
        run.log.error(
            f"The job running on runner {run.settings.name} has exceeded the maximum execution time of "
            f"{run.interruptions.timeout / 60:g} minutes."
        )
    return run.status
