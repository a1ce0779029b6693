"""The runner protocol's procedures over Connect: who calls, one service call, the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from runyard.protocol.generated import ping_pb2, runner_pb2
from runyard.server.api.summaries import CAPABILITY
from runyard.server.connect import Call, ConnectApp, ConnectError, Handler, Procedure
from runyard.services import dispatch, register, report
from runyard.services.context import Services
from runyard.services.errors import refusal
from runyard.services.fleet import KnownRunner
from runyard.services.task_message import fetch_response, fetch_single_response
from runyard.services.waiting import Fetched

PREFIX = "/api/actions"
CONNECT_CODES = {
    "unregistered_runner": "unauthenticated",
    "foreign_task": "internal",
    "request_key_locked": "internal",
    "log_archived": "already_exists",
}
CONNECT_CODES_BY_STATUS = {
    400: "invalid_argument",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    409: "failed_precondition",
    422: "invalid_argument",
    503: "unavailable",
}

RunnerHandler = Callable[[KnownRunner, Call], Awaitable[Message | bytes]]


def create_rpc(services: Services) -> ConnectApp:
    """The ASGI application for `/api/actions`."""
    handlers = Rpc(services)
    runner, known, ping = "/runner.v1.RunnerService/", handlers.authenticated, ping_pb2
    procedures = {
        "/ping.v1.PingService/Ping": Procedure(ping.PingRequest, ping.PingResponse, handlers.ping, compress=False),
        f"{runner}Register": _procedure("Register", translated(handlers.register)),
        f"{runner}Declare": _procedure("Declare", known(handlers.declare)),
        f"{runner}FetchTask": _procedure("FetchTask", known(handlers.fetch_task)),
        f"{runner}FetchSingleTask": _procedure("FetchSingleTask", known(handlers.fetch_single_task)),
        f"{runner}UpdateTask": _procedure("UpdateTask", known(handlers.update_task, active=True)),
        f"{runner}UpdateLog": _procedure("UpdateLog", known(handlers.update_log, active=True)),
    }
    return ConnectApp(procedures, prefix=PREFIX, max_body=services.settings.max_body_bytes)


class Rpc:
    """The procedures' handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def ping(self, call: Call) -> Message:
        """Alive."""
        return ping_pb2.PingResponse(data=f"Hello, {call.message.data}!")

    async def register(self, call: Call) -> Message:
        """A new runner, for a registration token."""
        return await register.register(self._services, call.message)

    async def declare(self, runner: KnownRunner, call: Call) -> Message:
        """A runner says what it offers, and is told what this server takes."""
        call.reply_headers = ((b"x-gitea-actions-capabilities", CAPABILITY.encode()),)
        return await register.declare(self._services, runner, call.message)

    async def fetch_task(self, runner: KnownRunner, call: Call) -> bytes:
        """Held until there is work."""
        capacity = call.message.task_capacity if call.message.HasField("task_capacity") else 1
        fetched = await self._fetch(runner, call, capacity)
        return fetch_response(fetched.tasks, fetched.tasks_version)

    async def fetch_single_task(self, runner: KnownRunner, call: Call) -> bytes:
        """As `fetch_task`, for exactly one task. No job has a handle, so asking for one finds nothing."""
        if call.message.handle:
            return fetch_single_response((), call.message.tasks_version)
        fetched = await self._fetch(runner, call, 1)
        if len(fetched.tasks) > 1:
            count = len(fetched.tasks)
            raise ConnectError("internal", f"cannot recover {count} tasks because runner requested only one")
        return fetch_single_response(fetched.tasks, fetched.tasks_version)

    async def update_task(self, runner: KnownRunner, call: Call) -> bytes:
        """A report of states; the answer says whether to go on."""
        wait = call.header(b"x-runyard-wait")
        seconds = int(wait) / 1000 if wait.isdigit() else 0
        return await report.update_task(self._services, runner, call.message, call.body, seconds)

    async def update_log(self, runner: KnownRunner, call: Call) -> Message:
        """Log rows, acknowledged once they are durable."""
        return runner_pb2.UpdateLogResponse(ack_index=await report.update_log(self._services, runner, call.message))

    async def _fetch(self, runner: KnownRunner, call: Call, capacity: int) -> Fetched:
        gone: asyncio.Future[Any] = asyncio.ensure_future(_closed(call))
        try:
            return await dispatch.fetch(
                self._services,
                runner,
                tasks_version=call.message.tasks_version,
                capacity=capacity,
                request_key=call.header(b"x-runner-request-key"),
                patience=call.timeout,
                gone=gone,
            )
        finally:
            gone.cancel()

    def authenticated(self, handler: RunnerHandler, *, active: bool = False) -> Handler:
        """A handler for registered runners only; `active`: the call is about a task that runs."""
        services = self._services

        async def handle(call: Call) -> Message | bytes:
            runner = await register.known_runner(
                services, call.header(b"x-runner-uuid"), call.header(b"x-runner-token"), active=active
            )
            return await handler(runner, call)

        return translated(handle)


def translated(handler: Handler) -> Handler:
    """Errors of services in the words of Connect."""

    async def handle(call: Call) -> Message | bytes:
        try:
            return await handler(call)
        except Exception as error:
            refused = refusal(error)
            if refused is None:
                raise
            code = CONNECT_CODES.get(refused.code) or CONNECT_CODES_BY_STATUS.get(refused.status, "internal")
            raise ConnectError(code, refused.message) from error

    return handle


async def _closed(call: Call) -> None:
    """Return when the client has closed the connection."""
    while (await call.receive())["type"] != "http.disconnect":
        pass


def _procedure(name: str, handler: Handler) -> Procedure:
    return Procedure(getattr(runner_pb2, f"{name}Request"), getattr(runner_pb2, f"{name}Response"), handler)
