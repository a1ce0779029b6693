"""A client of the runner protocol: Connect unary calls with binary protobuf over aiohttp."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Protocol, Self, TypeVar

import aiohttp

from runyard import __version__
from runyard.protocol.generated import ping_pb2, runner_pb2
from runyard.runner.agent.errors import ConnectError, UnreachableError

WAIT_HEADER = "x-runyard-wait"
"""Milliseconds for which Runyard's server may hold its answer until there is something to say."""

_TYPE = "application/proto"
_USER_AGENT = f"runyard/{__version__}"
_GRPC_TEXT = re.compile(r"rpc error: code = (\w+) desc = (.*)", re.DOTALL)
_CODE_OF_STATUS = {
    400: "internal",
    401: "unauthenticated",
    403: "permission_denied",
    404: "unimplemented",
    429: "unavailable",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}
_SECONDS = 60.0
_MARGIN = 5.0
_SUMMARY_SECONDS = 5.0


class Message(Protocol):
    """What a protobuf message can do."""

    def SerializeToString(self) -> bytes:  # noqa: N802
        """The bytes on the wire."""

    @classmethod
    def FromString(cls, data: bytes) -> Self:  # noqa: N802
        """The message of bytes."""


Answer = TypeVar("Answer", bound=Message)


class RunnerClient:
    """Calls one server. Raises ConnectError for an answer that is an error, UnreachableError for none. Never
    retries.
    """

    def __init__(self, session: aiohttp.ClientSession, address: str, uuid: str = "", token: str = "") -> None:
        self._session = session
        self._address = address.rstrip("/")
        self._base = f"{self._address}/api/actions"
        self.capabilities: frozenset[str] = frozenset()
        self._headers = {
            "Content-Type": _TYPE,
            "Connect-Protocol-Version": "1",
            "User-Agent": _USER_AGENT,
            "Accept-Encoding": "identity",  # answers are small: to unpack them costs more than to receive them
        }
        if uuid:
            self._headers |= {"x-runner-uuid": uuid, "x-runner-token": token}

    async def ping(self, data: str) -> str:
        """The server's greeting."""
        answer = await self._call("ping.v1.PingService/Ping", ping_pb2.PingRequest(data=data), ping_pb2.PingResponse)
        return answer.data

    async def register(self, request: runner_pb2.RegisterRequest) -> runner_pb2.Runner:
        """Become a runner of the server; the answer carries the secret."""
        answer = await self._runner_call("Register", request, runner_pb2.RegisterResponse)
        return answer.runner

    async def declare(self, version: str, labels: Iterable[str], capabilities: Iterable[str]) -> runner_pb2.Runner:
        """Say who we are, once at each start, and learn what the server can do (`capabilities`)."""
        request = runner_pb2.DeclareRequest(version=version, labels=labels, capabilities=capabilities)
        data, headers = await self._post("runner.v1.RunnerService/Declare", request)
        offered = headers.get("X-Gitea-Actions-Capabilities", "")
        self.capabilities = frozenset(offered.replace(",", " ").split())
        return runner_pb2.DeclareResponse.FromString(data).runner

    async def fetch_task(
        self, tasks_version: int, capacity: int, request_key: str, seconds: float
    ) -> runner_pb2.FetchTaskResponse:
        """Ask for up to `capacity` tasks. The server may hold the call until shortly before `seconds` are over."""
        request = runner_pb2.FetchTaskRequest(tasks_version=tasks_version)
        if capacity > 1:
            request.task_capacity = capacity
        headers = {"x-runner-request-key": request_key}
        return await self._runner_call("FetchTask", request, runner_pb2.FetchTaskResponse, headers, seconds)

    async def update_log(self, request: runner_pb2.UpdateLogRequest) -> runner_pb2.UpdateLogResponse:
        """Send rows; the answer says how many the server has."""
        return await self._runner_call("UpdateLog", request, runner_pb2.UpdateLogResponse)

    async def update_task(
        self, request: runner_pb2.UpdateTaskRequest, wait: float = 0
    ) -> runner_pb2.UpdateTaskResponse:
        """Send states and outputs. With `wait` the server may hold its answer until the task is cancelled."""
        headers = {WAIT_HEADER: str(int(wait * 1000))} if wait else {}
        return await self._runner_call("UpdateTask", request, runner_pb2.UpdateTaskResponse, headers, wait + _SECONDS)

    async def put_summary(self, path: str, token: str, markdown: str) -> None:
        """Upload the summary of a step. Raises as all calls do."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/markdown; charset=utf-8"}
        timeout = aiohttp.ClientTimeout(total=_SUMMARY_SECONDS)
        url = f"{self._address}{path}"
        try:
            async with self._session.put(url, data=markdown.encode(), headers=headers, timeout=timeout) as got:
                data = await got.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(f"{url}: {error or type(error).__name__}") from error
        if got.status >= 300:
            raise error_of(got.status, data)

    async def _runner_call(
        self,
        method: str,
        request: Message,
        answer: type[Answer],
        headers: Mapping[str, str] | None = None,
        seconds: float = _SECONDS,
    ) -> Answer:
        return await self._call(f"runner.v1.RunnerService/{method}", request, answer, headers, seconds)

    async def _call(
        self,
        procedure: str,
        request: Message,
        answer: type[Answer],
        headers: Mapping[str, str] | None = None,
        seconds: float = _SECONDS,
    ) -> Answer:
        data, _ = await self._post(procedure, request, headers, seconds)
        return answer.FromString(data)

    async def _post(
        self,
        procedure: str,
        request: Message,
        headers: Mapping[str, str] | None = None,
        seconds: float = _SECONDS,
    ) -> tuple[bytes, Mapping[str, str]]:
        url = f"{self._base}/{procedure}"
        sent = {**self._headers, "Connect-Timeout-Ms": str(int(seconds * 1000)), **(headers or {})}
        timeout = aiohttp.ClientTimeout(total=seconds + _MARGIN, connect=10)
        body = request.SerializeToString()
        try:
            async with self._session.post(url, data=body, headers=sent, timeout=timeout, allow_redirects=False) as got:
                data = await got.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnreachableError(f"{url}: {error or type(error).__name__}") from error
        if got.status != 200:
            raise error_of(got.status, data)
        if got.headers.get("Content-Type") != _TYPE:
            raise ConnectError("unknown", f"{url} answered {got.headers.get('Content-Type')} instead of {_TYPE}")
        return data, got.headers


def error_of(status: int, body: bytes) -> ConnectError:
    """The error of an answer: Connect's JSON, Gitea's gRPC text inside it, or a proxy's page."""
    code, message = _CODE_OF_STATUS.get(status, "unknown"), f"HTTP status {status}"
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if isinstance(found, dict):
        code = str(found.get("code") or code)
        message = str(found.get("message") or message)
        if code == "unknown" and (text := _GRPC_TEXT.fullmatch(message)):
            code = re.sub(r"(?<!^)(?=[A-Z])", "_", text[1]).lower()
            message = text[2]
    return ConnectError(code, message)


def new_session() -> aiohttp.ClientSession:
    """Connections are kept: two per running task are usual."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=75)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
