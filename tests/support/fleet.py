"""Services on a fresh database, runs to give out, and a real HTTP server with runners that speak the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from google.protobuf.message import Message

from runyard.kernel import CreateRun, Run, Status, decide
from runyard.protocol.generated import runner_pb2 as pb
from runyard.server.serve import listen, make_server
from runyard.services.context import Services
from runyard.services.lifecycle import close_services, open_services
from runyard.services.record import record_new
from runyard.services.register import create_runner
from runyard.services.runner_token import create_runner_token
from runyard.services.settings import Settings
from runyard.store import Tx, repositories, runs, users
from runyard.store.repositories import Repository

M = TypeVar("M", bound=Message)

ONE_JOB = "on: push\njobs:\n  build:\n    runs-on: linux\n    steps:\n      - run: echo hi\n      - run: echo ho\n"


class Clock:
    """A clock that stands still until it is moved. Milliseconds."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += int(seconds * 1000)


@contextlib.asynccontextmanager
async def services_on(data: Path, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Services]:
    """Open services on a data folder, and close them."""
    chosen = Settings(data=data, port=0, **settings)
    services = open_services(chosen) if clock is None else open_services(chosen, clock=clock)
    try:
        yield services
    finally:
        await close_services(services)


async def create_repository(services: Services, owner: str = "ada", name: str = "hello") -> Repository:
    """A user and a repository of theirs."""

    def write(tx: Tx) -> Repository:
        user = users.create(tx, owner, is_admin=False, email=f"{owner}@example.org")
        return repositories.create(tx, user.id, name, private=False, description="", default_branch="main")

    return await services.database.write(write)


async def create_run(services: Services, repository: Repository, source: str = ONE_JOB, **github: Any) -> int:
    """Start a run of a workflow text; its id."""

    def write(tx: Tx) -> int:
        number = runs.next_number(tx, repository.id)
        events = decide(
            None,
            CreateRun(
                at=services.clock(), repository_id=repository.id, number=number, workflow=".github/workflows/ci.yml",
                source=source, title="a change", event="push", ref="refs/heads/main", sha="a" * 40, actor="ada",
                github={"event": {"ref": "refs/heads/main"}, "repository": "ada/hello"} | github,
                vars={"COLOUR": "blue"},
            ),
        )  # fmt: skip
        return record_new(services, tx, events)[0]

    return await services.database.write(write)


async def until(condition: Callable[[], object]) -> None:
    """Let the event loop turn until something in this process is so."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def load(services: Services, run_id: int) -> Run:
    """The run as stored."""
    return await services.database.read(lambda tx: runs.load(tx, run_id))


async def job_statuses(services: Services, run_id: int) -> dict[str, Status]:
    """The statuses of the latest attempt's jobs by name."""
    return {job.name: job.status for job in (await load(services, run_id)).attempt.jobs.values()}


@dataclass
class CallFailed(Exception):  # noqa: N818
    """A Connect error as the client saw it."""

    status: int
    code: str
    message: str


class RunnerClient:
    """A runner that speaks the protocol by hand over real HTTP."""

    def __init__(self, session: aiohttp.ClientSession, base: str, uuid: str = "", token: str = "") -> None:
        self.session = session
        self.base = base
        self.headers = {"x-runner-uuid": uuid, "x-runner-token": token} if uuid else {}

    async def call(
        self, method: str, request: Message, response: type[M], headers: Mapping[str, str] | None = None
    ) -> M:
        """One Connect call in binary form. Raises CallFailed."""
        async with self.session.post(
            f"{self.base}/api/actions/{method}",
            data=io.BytesIO(request.SerializeToString()),
            headers={"Content-Type": "application/proto", **self.headers, **(headers or {})},
        ) as answer:
            body = await answer.read()
            if answer.status != 200:
                error = await answer.json()
                raise CallFailed(answer.status, error["code"], error["message"])
            assert answer.headers["Content-Type"] == "application/proto"
            return response.FromString(body)

    async def fetch(
        self, version: int = 0, capacity: int | None = None, hold: float = 0.001, key: str = ""
    ) -> pb.FetchTaskResponse:
        """FetchTask; `hold` is the deadline in seconds that the server is told."""
        headers = {"Connect-Timeout-Ms": str(int(hold * 1000))}
        if key:
            headers["x-runner-request-key"] = key
        request = pb.FetchTaskRequest(tasks_version=version, task_capacity=capacity)
        return await self.call("runner.v1.RunnerService/FetchTask", request, pb.FetchTaskResponse, headers)

    async def update(
        self,
        task_id: int,
        result: int = 0,
        steps: list[pb.StepState] | None = None,
        wait: float = 0,
        outputs: Mapping[str, str] | None = None,
    ) -> pb.UpdateTaskResponse:
        """UpdateTask."""
        state = pb.TaskState(id=task_id, result=pb.Result.Name(result), steps=steps or [])
        request = pb.UpdateTaskRequest(state=state, outputs=outputs)
        headers = {"x-runyard-wait": str(int(wait * 1000))} if wait else {}
        return await self.call("runner.v1.RunnerService/UpdateTask", request, pb.UpdateTaskResponse, headers)

    async def log(self, task_id: int, index: int, *lines: str, no_more: bool = False) -> int:
        """UpdateLog; the acknowledged length."""
        rows = [pb.LogRow(content=line) for line in lines]
        for number, row in enumerate(rows):
            row.time.FromNanoseconds(1_700_000_000_000_000_005 + number)
        request = pb.UpdateLogRequest(task_id=task_id, index=index, rows=rows, no_more=no_more)
        return (await self.call("runner.v1.RunnerService/UpdateLog", request, pb.UpdateLogResponse)).ack_index


class Yard:
    """A running server and what tests need to talk to it."""

    def __init__(self, services: Services, session: aiohttp.ClientSession, base: str) -> None:
        self.services = services
        self.session = session
        self.base = base

    def client(self, uuid: str = "", token: str = "") -> RunnerClient:
        """A client with or without identity."""
        return RunnerClient(self.session, self.base, uuid, token)

    async def runner(
        self, *labels: str, capabilities: tuple[str, ...] = ("cancelling",), **options: Any
    ) -> RunnerClient:
        """A registered runner that has declared its labels."""
        row, token = await create_runner(self.services, name=f"runner-{labels}", labels=labels, **options)
        client = self.client(row.uuid, token)
        request = pb.DeclareRequest(version="v1", labels=labels, capabilities=capabilities)
        await client.call("runner.v1.RunnerService/Declare", request, pb.DeclareResponse)
        return client

    async def registration_token(self) -> str:
        """A token with which runners register."""
        return await create_runner_token(self.services)


@contextlib.asynccontextmanager
async def serving(services: Services) -> AsyncIterator[Yard]:
    """Serve over HTTP on a free loopback port."""
    with listen(services.settings) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = make_server(services)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            try:
                yield Yard(services, session, base)
            finally:
                server.should_exit = True
                await running
