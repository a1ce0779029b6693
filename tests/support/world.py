"""Runs in any state on real services: made and moved along by the kernel and the store, without a runner."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from runyard.kernel import ClaimJob, Command, Diagnostic, ReportTask, Run, Status, StepReport, decide
from runyard.services.context import now
from runyard.services.identity import token_hash
from runyard.services.job_actions import repository_of_actions
from runyard.services.record import record
from runyard.services.start_run import RunRequest, start_run
from runyard.store import access_tokens, logs, repositories, runners, runs, summaries, users
from runyard.store.actions import Action, ActionIdentifier, ActionPhase, RunIdentifier, run_identifier

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository
    from runyard.store.runners import Runner

SHA = "4f1c2d9e8b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d"


class MovedClock:
    """The server's time: the real one, moved. Milliseconds."""

    def __init__(self) -> None:
        self.moved = 0

    def __call__(self) -> int:
        return now() + self.moved

    def advance(self, milliseconds: int) -> None:
        """Let time pass at once."""
        self.moved += milliseconds


class World:
    """A server's data and the means to move its runs along."""

    def __init__(self, services: Services, token: str, runner: Runner) -> None:
        self.services = services
        self.token = token
        self.runner = runner

    @classmethod
    async def on(cls, services: Services) -> World:
        """Add the administrator `ada`, with a token, and one runner."""
        token = services.new_token()

        def add(tx: Tx) -> Runner:
            user = users.create(tx, "ada", is_admin=True)
            access_tokens.create(tx, user.id, "first", token_hash(token), (), services.clock())
            made = runners.create(
                tx,
                uuid=str(uuid.uuid4()),
                name="yard-1",
                token_hash=token_hash("none"),
                version="0.1.0",
                labels=("ubuntu-latest", "self-hosted"),
                created=services.clock(),
            )
            runners.touch(tx, made.id, services.clock())
            return made

        return cls(services, token, await services.database.write(add))

    async def repository(self, name: str, *, private: bool = False, description: str = "") -> Repository:
        """A repository of the administrator."""

        def add(tx: Tx) -> Repository:
            owner = users.get(tx, "ada")
            return repositories.create(tx, owner.id, name, private=private, description=description)

        made = await self.services.database.write(add)
        await self.services.hosting.create(made.id, "main")
        return made

    async def start(
        self,
        repository: Repository,
        source: str,
        title: str = "Change something",
        *,
        workflow: str = "ci.yml",
        ref: str = "refs/heads/main",
        event: str = "push",
        diagnostics: Sequence[Diagnostic] = (),
        author: str = "",
    ) -> int:
        """Start a run; returns its id. `author`: it is pull request 4 of their fork."""

        def write(tx: Tx) -> int:
            request = RunRequest(
                workflow=f".github/workflows/{workflow}",
                source=source,
                title=title,
                event=event,
                ref=ref,
                sha=SHA,
                actor=users.get(tx, "ada"),
                payload={},
                diagnostics=tuple(diagnostics),
                fork=bool(author),
                pull_request=4 if author else 0,
                author=author,
            )
            return start_run(self.services, tx, repository, request).id

        return await self.services.database.write(write)

    async def load(self, run_id: int) -> Run:
        """The run as it is."""
        return await self.services.database.read(lambda tx: runs.load(tx, run_id))

    async def send(self, run_id: int, command: Command) -> Run:
        """Hand a command to the kernel and store what it decides."""

        def write(tx: Tx) -> Run:
            before = runs.load(tx, run_id, lock=True)
            return record(self.services, tx, run_id, before, decide(before, command)).run

        return await self.services.database.write(write)

    async def claim(self, run_id: int, job: int) -> Run:
        """Give a waiting job to the runner."""
        at = self.services.clock()
        return await self.send(run_id, ClaimJob(at=at, job=job, runner_id=self.runner.id, runner_name=self.runner.name))

    async def report(
        self,
        run_id: int,
        job: int,
        steps: Sequence[tuple[Status, int, int]] = (),
        result: Status = Status.UNKNOWN,
        *,
        cause: str = "",
    ) -> Run:
        """A runner's report: per step its result (UNKNOWN = runs), first log line and number of lines."""
        run = await self.load(run_id)
        at, task = self.services.clock(), run.attempt.jobs[job].task
        assert task is not None
        reports = []
        for index, (status, first, length) in enumerate(steps):
            old = task.steps[index]
            stopped = 0 if status is Status.UNKNOWN else old.stopped or at
            reports.append(StepReport(index, status, old.started or at, stopped, first, length))
        return await self.send(
            run_id,
            ReportTask(
                at=at,
                attempt=run.attempt.number,
                job=job,
                task=task.number,
                result=result,
                steps=tuple(reports),
                cause=cause,
            ),
        )

    async def task_id(self, run_id: int, job: int) -> int:
        """The id of a job's newest task."""
        run = await self.load(run_id)
        number = run.attempt.jobs[job].tasks[-1].number
        ids = await self.services.database.read(lambda tx: runs.task_ids(tx, run_id, run.attempt.number))
        return ids[job, number]

    async def write(self, run_id: int, job: int, lines: Sequence[str], *, no_more: bool = False) -> None:
        """Add lines to a job's log."""
        task_id = await self.task_id(run_id, job)
        now = self.services.clock() * 1_000_000

        def add(tx: Tx) -> None:
            length = logs.length(tx, task_id).lines
            logs.append(tx, task_id, length, [(now, text) for text in lines], no_more)
            tx.notify(("log", task_id))

        await self.services.database.write(add)

    async def summarise(self, run_id: int, job: int, markdown: str) -> None:
        """Let a job's first step write a summary."""
        task_id = await self.task_id(run_id, job)

        def put(tx: Tx) -> None:
            summaries.put(tx, task_id, 0, markdown)
            tx.notify(("run", run_id))

        await self.services.database.write(put)

    async def act(self, run_id: int, job: int, name: str, parent: str = "", **fields: Any) -> Action:
        """Let a running job make an action for itself."""
        run, repo = await self._tree(run_id), repository_of_actions(self.services)
        own = f"t{(await self.load(run_id)).attempt.number}-j{job}"
        above = f"{own}.{parent}" if parent else own
        return await repo.create_action(
            Action(ActionIdentifier(run, f"{own}.{name}"), parent_action_name=above, **fields)
        )

    async def move(self, action: Action, phase: ActionPhase) -> None:
        """Report an action's phase."""
        await repository_of_actions(self.services).update_action_phase(action.id, phase, 0)

    async def _tree(self, run_id: int) -> RunIdentifier:
        return await self.services.database.read(lambda tx: run_identifier(tx, run_id))

    async def finish(self, run_id: int, job: int, result: Status = Status.SUCCESS, lines: Sequence[str] = ()) -> Run:
        """Claim a job and let all its steps end with `result`, the lines in the first one."""
        await self.claim(run_id, job)
        if isinstance(self.services.clock, MovedClock):
            self.services.clock.advance(4_000 + 9_000 * (job % 4))
        if lines:
            await self.write(run_id, job, lines, no_more=True)
        run = await self.load(run_id)
        task = run.attempt.jobs[job].task
        assert task is not None
        count = len(lines)
        steps = [(result, 0 if index == 0 else count, count if index == 0 else 0) for index in range(len(task.steps))]
        return await self.report(run_id, job, steps, result)
