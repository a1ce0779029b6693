from __future__ import annotations

import pytest

from runyard.protocol.generated import runner_pb2
from runyard.runner.agent.client import RunnerClient, error_of, new_session
from runyard.runner.agent.errors import ConnectError, UnreachableError
from tests.runner.connect_server import RefusalError, connect_server, refusal


async def test_calls_speak_connect_exactly() -> None:
    async with connect_server() as server, new_session() as session:
        server.holds = False
        client = RunnerClient(session, f"{server.address}/", "u-1", "secret")
        assert await client.ping("me") == "Hello, me!"
        await client.fetch_task(7, 3, "key-1", 15)
        await client.declare("v1", ["linux"], ["cancelling"])
    headers = server.calls[1][1]
    assert headers["Content-Type"] == "application/proto"
    assert headers["Connect-Protocol-Version"] == "1"
    assert headers["Connect-Timeout-Ms"] == "15000"
    assert headers["x-runner-uuid"] == "u-1"
    assert headers["x-runner-token"] == "secret"
    assert headers["x-runner-request-key"] == "key-1"
    assert headers["User-Agent"].startswith("runyard/")
    assert "x-runner-version" not in headers
    assert server.capacities == [3]


async def test_no_identity_headers_before_registration() -> None:
    async with connect_server() as server, new_session() as session:
        await RunnerClient(session, server.address).register(runner_pb2.RegisterRequest(name="a", token="t"))
    assert not [name for name in server.calls[0][1] if name.startswith("x-runner")]


@pytest.mark.parametrize(
    ("status", "body", "code", "message"),
    [
        (401, b'{"code":"unauthenticated","message":"unregistered runner"}', "unauthenticated", "unregistered runner"),
        (
            500,
            b'{"code":"unknown","message":"rpc error: code = InvalidArgument desc = bad"}',
            "invalid_argument",
            "bad",
        ),
        (502, b"<html>", "unavailable", "HTTP status 502"),
        (404, b"not here", "unimplemented", "HTTP status 404"),
        (418, b"[]", "unknown", "HTTP status 418"),
        (409, b'{"code":"already_exists"}', "already_exists", "HTTP status 409"),
    ],
)
def test_errors(status: int, body: bytes, code: str, message: str) -> None:
    error = error_of(status, body)
    assert (error.code, error.message) == (code, message)


def test_what_errors_mean() -> None:
    assert error_of(500, b'{"code":"unknown","message":"x: unregistered runner"}').unregistered
    assert error_of(500, b'{"code":"internal","message":"get task: resource does not exist"}').task_unknown
    assert ConnectError("already_exists", "").log_closed
    assert error_of(503, b"").temporary


async def test_error_answers_are_raised() -> None:
    async with connect_server() as server, new_session() as session:
        client = RunnerClient(session, server.address)
        server.refuse["Ping"] = [refusal(400, "invalid_argument", "no"), RefusalError(200, b"<html>")]
        with pytest.raises(ConnectError, match="invalid_argument: no"):
            await client.ping("")
        with pytest.raises(ConnectError, match="answered application/json"):
            await client.ping("")


async def test_lost_answer_and_no_server() -> None:
    async with connect_server() as server, new_session() as session:
        client = RunnerClient(session, server.address)
        server.lose["Ping"] = 1
        with pytest.raises(UnreachableError):
            await client.ping("")
        await server.stop()
        with pytest.raises(UnreachableError, match=server.address):
            await client.ping("")
