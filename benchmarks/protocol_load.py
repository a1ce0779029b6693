"""Runners that speak the protocol over bare sockets, so that the load costs little beside the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter

from runyard.protocol.generated import ping_pb2
from runyard.protocol.generated import runner_pb2 as pb

ROWS = 20
SERVICE = "/api/actions/runner.v1.RunnerService/"


class Connection:
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, identity: str) -> None:
        self._reader = reader
        self._writer = writer
        self._head = f"Host: bench\r\nContent-Type: application/proto\r\n{identity}Content-Length: "

    async def call(self, path: str, body: bytes) -> bytes:
        """The answer's body; anything but 200 is an error."""
        self._writer.write(f"POST {path} HTTP/1.1\r\n{self._head}{len(body)}\r\n\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        start = head.index(b"content-length: ") + 16
        length = int(head[start : head.index(b"\r", start)])
        return await self._reader.readexactly(length) if length else b""


async def connect(host: str, port: int, uuid: str = "", token: str = "") -> Connection:
    """Open a connection, as a runner or as nobody."""
    identity = f"x-runner-uuid: {uuid}\r\nx-runner-token: {token}\r\n" if uuid else ""
    return Connection(*await asyncio.open_connection(host, port), identity)


@dataclass
class Load:
    """What the runners have done. `latencies`: seconds per call."""

    left: int
    tasks: int = 0
    latencies: list[float] = field(default_factory=list)

    async def timed(self, connection: Connection, method: str, body: bytes) -> bytes:
        """One call on the clock."""
        start = perf_counter()
        answer = await connection.call(SERVICE + method, body)
        self.latencies.append(perf_counter() - start)
        return answer

    async def work(self, connection: Connection) -> None:
        """Take tasks and report them, each with two updates and two log calls, until there are none left."""
        fetch = pb.FetchTaskRequest().SerializeToString()
        while self.left > 0:
            self.left -= 1
            task = pb.FetchTaskResponse.FromString(await self.timed(connection, "FetchTask", fetch)).task
            if not task.id:
                raise RuntimeError("a fetch came back empty although jobs were waiting")
            await self.timed(connection, "UpdateTask", _report(task.id, 0))
            await self.timed(connection, "UpdateLog", _rows(task.id, 0, last=False))
            await self.timed(connection, "UpdateLog", _rows(task.id, ROWS, last=True))
            answer = await self.timed(connection, "UpdateTask", _report(task.id, 1))
            if pb.UpdateTaskResponse.FromString(answer).state.result != pb.RESULT_SUCCESS:
                raise RuntimeError("the server did not take the final report")
            self.tasks += 1


async def ping(connection: Connection, calls: int) -> None:
    """The cheapest call, again and again."""
    body = ping_pb2.PingRequest(data="bench").SerializeToString()
    for _ in range(calls):
        await connection.call("/api/actions/ping.v1.PingService/Ping", body)


def _report(task_id: int, result: int) -> bytes:
    step = pb.StepState(id=0, result=pb.Result.Name(result), log_index=2, log_length=2 * ROWS - 2 if result else 0)
    step.started_at.seconds = 1_700_000_000
    state = pb.TaskState(id=task_id, result=pb.Result.Name(result), steps=[step])
    state.started_at.seconds = 1_700_000_000
    if result:
        step.stopped_at.seconds = state.stopped_at.seconds = 1_700_000_001
    return pb.UpdateTaskRequest(state=state).SerializeToString()


def _rows(task_id: int, index: int, *, last: bool) -> bytes:
    request = pb.UpdateLogRequest(task_id=task_id, index=index, no_more=last)
    for number in range(index, index + ROWS):
        row = request.rows.add(content=f"line {number} of the output of a typical build step, sixty bytes or so")
        row.time.seconds = 1_700_000_000
        row.time.nanos = number
    return request.SerializeToString()
