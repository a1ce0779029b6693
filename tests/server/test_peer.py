"""An independent implementation of Connect as the runner: gzip requests and answers, deadlines, error codes."""

from __future__ import annotations

from typing import Any

import pytest
from connectrpc.client import ConnectClient
from connectrpc.code import Code
from connectrpc.codec import Codec
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from google.protobuf.message import Message

from runyard.kernel import Status
from runyard.protocol.generated import ping_pb2
from runyard.protocol.generated import runner_pb2 as pb
from runyard.store.repositories import Repository
from tests.support.fleet import Yard, create_run, load


class Peer:
    """A runner on top of the connectrpc package."""

    def __init__(self, yard: Yard, codec: Codec[Any, Any]) -> None:
        self._client = ConnectClient(f"{yard.base}/api/actions", codec=codec)
        self.headers: dict[str, str] = {}

    async def call(self, name: str, request: Message, timeout_ms: int | None = None) -> Any:
        """A method of the runner service."""
        return await self._execute("runner.v1.RunnerService", name, request, getattr(pb, f"{name}Response"), timeout_ms)

    async def ping(self, data: str) -> ping_pb2.PingResponse:
        """The ping service."""
        request, response = ping_pb2.PingRequest(data=data), ping_pb2.PingResponse
        answer: ping_pb2.PingResponse = await self._execute("ping.v1.PingService", "Ping", request, response)
        return answer

    async def _execute(
        self, service: str, name: str, request: Message, output: type[Message], timeout_ms: int | None = None
    ) -> Any:
        method = MethodInfo(
            name=name,
            service_name=service,
            input=type(request),
            output=output,
            stream_type=StreamType.UNARY,
            idempotency_level=IdempotencyLevel.UNKNOWN,
        )
        return await self._client.execute_unary(
            request=request, method=method, headers=self.headers, timeout_ms=timeout_ms
        )


@pytest.fixture(params=["proto", "json"])
def peer(request: pytest.FixtureRequest, yard: Yard) -> Peer:
    """A runner that speaks the binary form, and one that speaks JSON."""
    return Peer(yard, google_protobuf_binary_codec() if request.param == "proto" else google_protobuf_json_codec())


async def test_a_foreign_client_runs_a_job(yard: Yard, repository: Repository, peer: Peer) -> None:
    assert (await peer.ping("x" * 3000)).data == f"Hello, {'x' * 3000}!"
    request = pb.RegisterRequest(name="peer", token=await yard.registration_token(), labels=["linux"], version="v9")
    runner = (await peer.call("Register", request)).runner
    peer.headers = {"x-runner-uuid": runner.uuid, "x-runner-token": runner.token}
    await peer.call("Declare", pb.DeclareRequest(version="v9", labels=["linux"], capabilities=["cancelling"]))

    empty = await peer.call("FetchTask", pb.FetchTaskRequest(), timeout_ms=400)
    assert (empty.HasField("task"), empty.tasks_version >= 1) == (False, True)
    run_id = await create_run(yard.services, repository)
    task = (await peer.call("FetchTask", pb.FetchTaskRequest(tasks_version=empty.tasks_version))).task
    assert task.context["event"]["ref"] == "refs/heads/main"
    assert task.workflow_payload.startswith(b"{")

    rows = [pb.LogRow(content="y" * 2000)]
    log = pb.UpdateLogRequest(task_id=task.id, index=0, rows=rows, no_more=True)
    assert (await peer.call("UpdateLog", log)).ack_index == 1
    report = pb.UpdateTaskRequest(state=pb.TaskState(id=task.id, result=pb.RESULT_SUCCESS), outputs={"a": "b"})
    answer = await peer.call("UpdateTask", report)
    assert (answer.state.id, answer.state.result, list(answer.sent_outputs)) == (task.id, pb.RESULT_SUCCESS, ["a"])
    assert (await load(yard.services, run_id)).status is Status.SUCCESS


async def test_a_foreign_client_understands_our_errors(peer: Peer) -> None:
    with pytest.raises(ConnectError) as refused:
        await peer.call("Declare", pb.DeclareRequest())
    assert (refused.value.code, refused.value.message) == (Code.UNAUTHENTICATED, "unregistered runner")
    with pytest.raises(ConnectError) as refused:
        await peer.call("Register", pb.RegisterRequest(name="r"))
    assert (refused.value.code, refused.value.message) == (Code.INVALID_ARGUMENT, "missing runner token, name")
