"""People: they push, send pull requests from forks, approve, deny, cancel, re-run, and switch workflows off and on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from runyard.kernel import RerunKind
from runyard.services import approve
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.rerun import rerun
from runyard.services.start_run import RunRequest, StartedRun, start_enabled
from runyard.services.workflow_switch import set_workflow_enabled
from runyard.store import Tx, repositories, runs, users
from tests.simulation.network import Network
from tests.simulation.workflows import FILES, called, workflow

PATHS = tuple(f".github/workflows/{name}.yml" for name in ("ci", "nightly", "release"))


class People:
    """Everybody who works on the one repository. `disabled`: the workflows that are switched off, commit for commit."""

    def __init__(self, network: Network, repository_id: int, tell: Callable[[str], None]) -> None:
        self.runs: list[int] = []
        self.disabled: set[str] = set()
        self._forks: list[int] = []
        self._network = network
        self._repository_id = repository_id
        self._tell = tell

    async def act(self, random: Random) -> list[int]:
        """Do one thing; the runs that it has started. Raises Down, ServiceError."""
        if not self.runs or random.random() < 0.45:
            return await self._push(random.randrange(FILES), fork=random.random() < 0.15)
        run_id = random.choice(self.runs)
        kind = random.choice(("cancel", "cancel", "force", "job", "rerun", "rerun", "decide", "switch"))
        if kind == "rerun":
            await self._rerun(run_id, random.choice(list(RerunKind)), random.randint(1, 4))
        elif kind == "decide":
            await self._decide(random.choice(self._forks or [run_id]), random.choice(("approve", "deny", "revoke")))
        elif kind == "switch":
            await self._switch(random.choice(PATHS), enabled=random.random() < 0.6)
        else:
            await self._cancel(run_id, force=kind == "force", job=random.randint(1, 4) if kind == "job" else 0)
        return []

    async def _push(self, file: int, *, fork: bool) -> list[int]:
        path = PATHS[file % len(PATHS)]
        self._tell(f"push of file {file} as {path}{' from a fork' if fork else ''}")

        def write(services: Services, tx: Tx) -> list[StartedRun]:
            request = RunRequest(
                workflow=path,
                source=workflow(file),
                title="a change",
                event="pull_request" if fork else "push",
                ref="refs/pull/1/merge" if fork else "refs/heads/main",
                sha="a" * 40,
                actor=users.get(tx, "ada"),
                payload={"ref": "refs/heads/main"},
                called=called(),
                fork=fork,
                pull_request=int(fork),
                author="mallory" if fork else "",
            )
            return start_enabled(services, tx, repositories.by_id(tx, self._repository_id), [request])

        started = await self._network.call(
            lambda services: services.database.write(lambda tx: write(services, tx)), twice=False
        )
        run_ids = [run.id for run in started]
        self.runs += run_ids
        if fork:
            self._forks += run_ids
        return run_ids

    async def _cancel(self, run_id: int, *, force: bool, job: int) -> None:
        self._tell(f"cancel of run {run_id}{' by force' if force else ''}{f', job {job}' if job else ''}")

        async def ask(services: Services) -> None:
            await cancel(services, run_id, by="bob", reason="wrong", force=force, job=job)
            if force:
                state = await services.database.read(lambda tx: runs.load(tx, run_id))
                assert state.status.is_terminal, f"run {run_id} was killed, but is {state.status.label}"

        await self._network.call(ask, twice=not force)

    async def _rerun(self, run_id: int, kind: RerunKind, job: int) -> None:
        self._tell(f"re-run of run {run_id}: {kind} {job}")
        await self._network.call(lambda services: rerun(services, run_id, kind=kind, job=job, by="eve"), twice=False)

    async def _switch(self, path: str, *, enabled: bool) -> None:
        self._tell(f"{path} is switched {'on' if enabled else 'off'}")

        def write(services: Services, tx: Tx) -> None:
            set_workflow_enabled(services, tx, self._repository_id, path, enabled, by="ada")
            tx.after_commit(lambda: self.disabled.discard(path) if enabled else self.disabled.add(path))

        await self._network.call(lambda services: services.database.write(lambda tx: write(services, tx)))

    async def _decide(self, run_id: int, verb: str) -> None:
        self._tell(f"{verb} run {run_id}")
        decisions: dict[str, Callable[..., Coroutine[Any, Any, bool]]]
        decisions = {"approve": approve.approve, "deny": approve.deny, "revoke": approve.revoke}
        await self._network.call(lambda services: decisions[verb](services, run_id, by="ada"))
