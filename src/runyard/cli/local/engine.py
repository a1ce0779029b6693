"""A run without a server: the kernel decides, threads execute, the state is the fold of the events in memory."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runyard.cli.local.reporter import LocalReporter
from runyard.kernel.assignment import assignment
from runyard.kernel.commands import CancelRun, ClaimJob, Command, CreateRun, ReportTask
from runyard.kernel.decide import decide
from runyard.kernel.evolve import evolve
from runyard.kernel.groups import next_for_itself
from runyard.kernel.secrets import resolve
from runyard.kernel.status import Status
from runyard.runner.cancellation import Cancellation
from runyard.runner.job import execute
from runyard.runner.task import Conclusion, Need, Task

if TYPE_CHECKING:
    from runyard.kernel.assignment import Assignment
    from runyard.kernel.events import Event
    from runyard.kernel.state import Run
    from runyard.runner.settings import RunnerSettings

RUNNER_NAME = "this machine"
REASON = "cancelled from the terminal"


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class LocalRun:
    """One run. `listen` gets every event; `log` every log line (job number, text) and `summarise` every step summary
    (job number, markdown), from the jobs' threads.
    """

    def __init__(
        self,
        settings: RunnerSettings,
        secrets: Mapping[str, str],
        capacity: int,
        listen: Callable[[Event], None],
        log: Callable[[int, str], None],
        summarise: Callable[[int, str], None],
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._capacity = capacity
        self._listen = listen
        self._log = log
        self._summarise = summarise
        self._inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._running: dict[int, Cancellation] = {}
        self._run: Run | None = None

    def execute(self, command: CreateRun) -> Run:
        """Run to the end and return the final state."""
        run = self._apply(command)
        while not run.status.is_terminal:
            run = self._start_waiting(run)
            run = self._apply(self._inbox.get())
            self._deliver_cancels(run)
        return run

    def cancel(self) -> None:
        """Ask for the end: `always()` steps still run. Asked again, everything is killed. Safe in a signal handler."""
        if self._run is not None and self._run.attempt.abort is not None:
            for cancellation in list(self._running.values()):
                cancellation.force(REASON)
        self._inbox.put(CancelRun(at=now(), by="you", reason=REASON))

    def _apply(self, command: Command) -> Run:
        following: Command | None = command
        while following is not None:
            for event in decide(self._run, following):
                self._run = evolve(self._run, event)
                self._listen(event)
            assert self._run is not None
            following = next_for_itself(self._run, now())
        assert self._run is not None
        return self._run

    def _start_waiting(self, run: Run) -> Run:
        """Claim waiting jobs while there is room, oldest first, each in a thread of its own."""
        for job in run.attempt.jobs.values():
            if job.status is Status.WAITING and not job.calls and len(self._running) < self._capacity:
                run = self._apply(ClaimJob(at=now(), job=job.number, runner_id=1, runner_name=RUNNER_NAME))
                cancellation = self._running[job.number] = Cancellation()
                task = self._task(job.number, assignment(run, run.attempt.number, job.number))
                threading.Thread(target=self._work, args=(job.number, task, cancellation), daemon=True).start()
        return run

    def _task(self, job: int, given: Assignment) -> Task:
        needs = {key: Need(Conclusion(need.result.label), need.outputs) for key, need in given.needs.items()}
        return Task(job, given.payload, given.context, resolve(given.secrets, self._secrets), needs, given.vars)

    def _work(self, job: int, task: Task, cancellation: Cancellation) -> None:
        """The thread of a job: every report becomes a command in the inbox."""
        reporter = LocalReporter(job, self._inbox.put, self._log, self._summarise)
        cause = ""
        try:
            result = execute(task, reporter, self._settings, cancellation)
            status = Status[result.conclusion.name]
        except Exception as error:  # a defect of ours must end the job, not hang the run
            status, cause = Status.FAILURE, f"Runyard failed to execute the job: {error!r}"
        finally:
            self._running.pop(job)
            cancellation.close()
        self._inbox.put(
            ReportTask(
                at=now(),
                attempt=1,
                job=job,
                task=1,
                result=status,
                steps=reporter.reports(),
                outputs=reporter.outputs,
                cause=cause,
            )
        )

    def _deliver_cancels(self, run: Run) -> None:
        for number, cancellation in list(self._running.items()):
            if run.attempt.jobs[number].status is Status.CANCELLING:
                cancellation.request(REASON)
