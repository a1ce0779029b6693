"""Everything that the steps of one running job share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runyard.language.model import Job, Workflow
from runyard.runner.cancellation import Cancellation
from runyard.runner.environment import step_environment
from runyard.runner.interruptions import Interruptions
from runyard.runner.job_log import JobLog
from runyard.runner.problem_matchers import ProblemMatchers
from runyard.runner.process import Command, Exit, Processes
from runyard.runner.reporter import Reporter
from runyard.runner.settings import RunnerSettings
from runyard.runner.status import merged
from runyard.runner.task import Conclusion, Task
from runyard.runner.workspace import Workspace

if TYPE_CHECKING:
    from runyard.runner.actions import ResolvedAction


@dataclass(frozen=True, slots=True)
class Post:
    """What an action does after all steps."""

    title: str
    run: Callable[[], Conclusion]


@dataclass(slots=True)
class JobRun:
    """`env` is the context of that name: workflow, job and GITHUB_ENV. `paths` are additions to PATH, latest first.

    `contexts` are those that do not change from step to step; `github` among them is copied for each step. `actions`
    are the downloaded ones, by their reference.
    """

    task: Task
    workflow: Workflow
    job: Job
    settings: RunnerSettings
    reporter: Reporter
    log: JobLog
    cancel: Cancellation
    interruptions: Interruptions
    processes: Processes
    place: Workspace
    matchers: ProblemMatchers
    base: dict[str, str]
    contexts: dict[str, Any]
    env: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    files: int = 0
    worst: Conclusion = Conclusion.SUCCESS
    actions: dict[str, ResolvedAction] = field(default_factory=dict)

    @property
    def status(self) -> Conclusion:
        """The job's status now, as `job.status` and the status functions tell it."""
        return Conclusion.CANCELLED if self.cancel.requested else self.worst

    def record(self, conclusion: Conclusion) -> None:
        """A step ended."""
        self.worst = merged(self.worst, conclusion)

    def add_path(self, directory: str) -> None:
        """In front of all; a directory that was there moves."""
        self.paths = [directory, *(path for path in self.paths if path != directory)]

    def next_file(self) -> str:
        """A name for a file of one step, unique in the job."""
        self.files += 1
        return str(self.files)

    def run_tool(self, arguments: list[str], directory: str, extra: dict[str, str]) -> tuple[Exit, list[str]]:
        """Run a program of ours (git): its command line and its output go to the log. Raises CannotStartError."""
        lines: list[str] = []

        def take(time_ns: int, text: str) -> None:
            lines.append(text)
            self.log.line(time_ns, text)

        environment = step_environment(self.base, {}, (), {}, {})
        self.log.write(f"[command]{' '.join(arguments)}")
        command = Command(arguments, {**environment, **extra}, directory)
        return self.processes.run(command, take, self.interruptions), lines
