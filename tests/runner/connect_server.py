"""A small server of the runner protocol, by the book of the real ones, with faults on demand."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from runyard.protocol.generated import ping_pb2, runner_pb2

TYPE = "application/proto"


class RefusalError(Exception):
    """An error answer: HTTP status, body."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def refusal(status: int, code: str, message: str) -> RefusalError:
    return RefusalError(status, json.dumps({"code": code, "message": message}).encode())


class ConnectServer:
    """`faults` are asked before (`early`) and after (`late`) each call and may raise; `lose` drops answers by
    method.
    """

    def __init__(self) -> None:
        self.port = 0
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.queue: list[runner_pb2.Task] = []
        self.capacities: list[int] = []
        self.rows: dict[int, list[str]] = {}
        self.closed: set[int] = set()
        self.states: dict[int, runner_pb2.TaskState] = {}
        self.seen: list[runner_pb2.TaskState] = []
        self.outputs: dict[int, dict[str, str]] = {}
        self.cancelled: set[int] = set()
        self.lose: Counter[str] = Counter()
        self.refuse: dict[str, list[RefusalError]] = {}
        self.ack_limit = 10**9
        self.version = 1
        self.by_key: dict[str, list[runner_pb2.Task]] = {}
        self.unknown_tasks: set[int] = set()
        self.holds = True
        self.offers = ""
        self.summaries: dict[str, tuple[str, str]] = {}
        self.changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str) -> int:
        return sum(1 for name, _ in self.calls if name == method)

    async def start(self) -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/api/actions/{service}/{method}", self._handle)
        app.router.add_put("/api/actions_pipeline/{rest:.*}", self._summary)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            async with self.changed:
                await self.changed.wait_for(condition)

    async def add(self, *tasks: runner_pb2.Task) -> None:
        self.queue += tasks
        self.version += 1
        await self._tell()

    async def cancel(self, task_id: int) -> None:
        self.cancelled.add(task_id)
        await self._tell()

    def result(self, task_id: int) -> int:
        return self.states[task_id].result if task_id in self.states else 0

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        assert request.content_type == TYPE
        self.calls.append((method, dict(request.headers)))
        body = await request.read()
        try:
            if self.refuse.get(method):
                raise self.refuse[method].pop(0)
            answer = await getattr(self, f"_{method}")(body, request.headers)
        except RefusalError as error:
            await self._tell()
            return web.Response(status=error.status, body=error.body, content_type="application/json")
        await self._tell()
        if self.lose[method] > 0:
            self.lose[method] -= 1
            assert request.transport
            request.transport.abort()
        headers = {"Content-Type": TYPE} | ({"X-Gitea-Actions-Capabilities": self.offers} if self.offers else {})
        return web.Response(body=answer.SerializeToString(), headers=headers)

    async def _summary(self, request: web.Request) -> web.Response:
        assert request.content_type == "text/markdown"
        self.summaries[request.path] = (request.headers["Authorization"], await request.text())
        return web.Response()

    async def _wait(self, condition: Callable[[], bool], headers: Mapping[str, str]) -> None:
        wait = int(headers.get("x-runyard-wait", headers.get("Connect-Timeout-Ms", "0"))) / 1000 - 1
        if self.holds and wait > 0:
            try:
                async with asyncio.timeout(wait), self.changed:
                    await self.changed.wait_for(condition)
            except TimeoutError:
                return

    async def _Ping(self, body: bytes, _: Mapping[str, str]) -> ping_pb2.PingResponse:  # noqa: N802
        return ping_pb2.PingResponse(data=f"Hello, {ping_pb2.PingRequest.FromString(body).data}!")

    async def _Register(self, body: bytes, _: Mapping[str, str]) -> runner_pb2.RegisterResponse:  # noqa: N802
        request = runner_pb2.RegisterRequest.FromString(body)
        runner = runner_pb2.Runner(id=7, uuid="u-1", token="s" * 40, name=request.name, labels=request.labels)
        return runner_pb2.RegisterResponse(runner=runner)

    async def _Declare(self, body: bytes, _: Mapping[str, str]) -> runner_pb2.DeclareResponse:  # noqa: N802
        return runner_pb2.DeclareResponse(runner=runner_pb2.Runner(id=7, uuid="u-1"))

    async def _FetchTask(self, body: bytes, headers: Mapping[str, str]) -> runner_pb2.FetchTaskResponse:  # noqa: N802
        request = runner_pb2.FetchTaskRequest.FromString(body)
        capacity = request.task_capacity or 1
        self.capacities.append(capacity)
        key = headers["x-runner-request-key"]
        if key not in self.by_key:
            await self._wait(lambda: bool(self.queue), headers)
            if self.queue:
                self.by_key[key] = self.queue[:capacity]
                del self.queue[:capacity]
        tasks = self.by_key.get(key, [])
        return runner_pb2.FetchTaskResponse(
            task=tasks[0] if tasks else None, additional_tasks=tasks[1:], tasks_version=self.version
        )

    async def _UpdateLog(self, body: bytes, _: Mapping[str, str]) -> runner_pb2.UpdateLogResponse:  # noqa: N802
        request = runner_pb2.UpdateLogRequest.FromString(body)
        self._known(request.task_id)
        rows = self.rows.setdefault(request.task_id, [])
        ack = len(rows)
        if request.index <= ack < request.index + len(request.rows):
            assert request.task_id not in self.closed
            rows += [row.content for row in request.rows[ack - request.index :][: self.ack_limit]]
        if request.no_more and request.index + len(request.rows) == len(rows):
            self.closed.add(request.task_id)
        return runner_pb2.UpdateLogResponse(ack_index=len(rows))

    async def _UpdateTask(self, body: bytes, headers: Mapping[str, str]) -> runner_pb2.UpdateTaskResponse:  # noqa: N802
        request = runner_pb2.UpdateTaskRequest.FromString(body)
        task_id = request.state.id
        self._known(task_id)
        if not self.result(task_id):
            self.states[task_id] = request.state
            self.seen.append(request.state)
            self.outputs.setdefault(task_id, {}).update(request.outputs)
            await self._tell()
        if "x-runyard-wait" in headers and not self.result(task_id):
            await self._wait(lambda: task_id in self.cancelled or bool(self.result(task_id)), headers)
        state = runner_pb2.TaskState(id=task_id)
        if self.result(task_id) or task_id in self.cancelled:
            state.result = self.states[task_id].result or runner_pb2.RESULT_CANCELLED
        return runner_pb2.UpdateTaskResponse(state=state, sent_outputs=self.outputs[task_id])

    def _known(self, task_id: int) -> None:
        if task_id in self.unknown_tasks:
            raise refusal(404, "not_found", "task not found")


@asynccontextmanager
async def connect_server() -> AsyncIterator[ConnectServer]:
    server = ConnectServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
