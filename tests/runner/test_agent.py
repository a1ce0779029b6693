from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf import json_format

from runyard.protocol.generated import runner_pb2
from runyard.runner.agent import poller
from runyard.runner.agent.agent import AgentConfig, run_agent, serve_agent
from runyard.runner.agent.errors import AgentError
from runyard.runner.agent.registration import Registration
from runyard.runner.settings import RunnerSettings
from tests.runner.bench import CONTEXT, FAST
from tests.runner.connect_server import ConnectServer, connect_server, refusal


def task(number: int, script: str = "echo hi", **more: str) -> runner_pb2.Task:
    payload = {
        "on": "push",
        "jobs": {"build": {"runs-on": "linux", "if": "always()", "steps": [{"run": script}], **more}},
    }
    message = runner_pb2.Task(id=number, workflow_payload=json.dumps(payload).encode(), secrets={"S": "hunter2"})
    json_format.ParseDict(CONTEXT, message.context)
    return message


def config(server: ConnectServer, tmp_path: Path, **more: object) -> AgentConfig:
    registration = Registration(7, "u-1", "box", "s" * 40, server.address, ("linux",))
    return AgentConfig(registration, RunnerSettings(tmp_path / "work", grace=FAST), **more)  # type: ignore[arg-type]


@asynccontextmanager
async def agent(server: ConnectServer, tmp_path: Path, **more: object) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    serving = asyncio.create_task(serve_agent(config(server, tmp_path, **more), stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await serving


async def test_tasks_are_fetched_run_and_reported(tmp_path: Path) -> None:
    async with connect_server() as server, agent(server, tmp_path, capacity=4):
        await server.add(*(task(number, f"echo job {number} $GITHUB_REPOSITORY hunter2") for number in range(1, 9)))
        await server.until(lambda: all(server.result(number) for number in range(1, 9)))
        for number in range(1, 9):
            assert server.result(number) == runner_pb2.RESULT_SUCCESS
            assert f"job {number} ada/demo ***" in server.rows[number]
            assert server.rows[number][-1] == "Job succeeded"
        assert server.capacities[0] == 4
        assert server.calls[0][0] == "Declare"


async def test_a_lost_fetch_answer_loses_no_task(tmp_path: Path) -> None:
    async with connect_server() as server:
        server.lose["FetchTask"] = 1
        server.queue = [task(1)]
        async with agent(server, tmp_path):
            await server.until(lambda: server.result(1) != 0)
        keys = [headers["x-runner-request-key"] for name, headers in server.calls if name == "FetchTask"]
        assert keys[0] == keys[1]
        assert server.result(1) == runner_pb2.RESULT_SUCCESS


async def test_cancel_from_the_server(tmp_path: Path) -> None:
    async with connect_server() as server, agent(server, tmp_path):
        await server.add(task(1, "echo ready; sleep 600"))
        await server.until(lambda: "ready" in server.rows.get(1, []))
        await server.cancel(1)
        await server.until(lambda: server.result(1) != 0)
        assert server.result(1) == runner_pb2.RESULT_CANCELLED
        assert server.rows[1][-1] == "Job cancelled"


async def test_stop_cancels_running_jobs_and_reports_them(tmp_path: Path) -> None:
    async with connect_server() as server:
        async with agent(server, tmp_path) as stop:
            await server.add(task(1, "echo ready; sleep 600"))
            await server.until(lambda: "ready" in server.rows.get(1, []))
            stop.set()
        assert server.result(1) == runner_pb2.RESULT_CANCELLED
        assert server.closed == {1}


async def test_stop_waits_for_running_jobs_when_told_to(tmp_path: Path) -> None:
    async with connect_server() as server:
        async with agent(server, tmp_path, shutdown_timeout=20.0) as stop:
            await server.add(task(1, f"echo ready; read x < {tmp_path}/fifo; echo got $x"))
            os.mkfifo(tmp_path / "fifo")
            await server.until(lambda: "ready" in server.rows.get(1, []))
            stop.set()
            await asyncio.to_thread((tmp_path / "fifo").write_text, "more\n")
        assert server.result(1) == runner_pb2.RESULT_SUCCESS
        assert "got more" in server.rows[1]


async def test_ephemeral_runner_ends_after_one_task(tmp_path: Path) -> None:
    async with connect_server() as server:
        one = config(server, tmp_path, capacity=4)
        server.queue = [task(1), task(2)]
        async with asyncio.timeout(20):
            await serve_agent(replace(one, registration=replace(one.registration, ephemeral=True)), asyncio.Event())
        assert server.result(1) == runner_pb2.RESULT_SUCCESS
        assert server.result(2) == 0


@pytest.mark.parametrize("method", ["Declare", "FetchTask"])
async def test_an_unknown_runner_stops_with_a_reason(tmp_path: Path, method: str) -> None:
    async with connect_server() as server:
        server.refuse[method] = [refusal(401, "unauthenticated", "unregistered runner")]
        with pytest.raises(AgentError, match="Register it again"):
            await serve_agent(config(server, tmp_path), asyncio.Event())


async def test_servers_with_faults_are_waited_for(tmp_path: Path) -> None:
    async with connect_server() as server:
        server.refuse = {
            "Declare": [refusal(503, "unavailable", "starting"), refusal(404, "unimplemented", "old")],
            "FetchTask": [refusal(500, "unknown", "database is locked")],
        }
        server.queue = [task(1)]
        async with agent(server, tmp_path):
            await server.until(lambda: server.result(1) != 0)


async def test_versions_and_pace_with_a_server_that_answers_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "_INTERVAL", 0.02)
    async with connect_server() as server:
        server.holds = False
        async with agent(server, tmp_path):
            await server.until(lambda: server.count("FetchTask") >= 3)
            await server.add(task(1))
            await server.until(lambda: server.result(1) != 0)


async def test_signals_stop_the_agent_and_a_different_one_its_jobs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    async with connect_server() as server:
        ready = asyncio.Event()
        running = asyncio.create_task(run_agent(config(server, tmp_path, capacity=2, shutdown_timeout=60.0), ready.set))
        await ready.wait()
        await server.add(task(1, f"echo ready; read x < {tmp_path}/fifo"), task(2, "echo ready; sleep 600"))
        await server.until(lambda: all("ready" in server.rows.get(number, []) for number in (1, 2)))
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.to_thread((tmp_path / "fifo").write_text, "more\n")
        await server.until(lambda: server.result(1) != 0)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(20):
            await running
        assert server.result(1) == runner_pb2.RESULT_SUCCESS
        assert server.result(2) == runner_pb2.RESULT_CANCELLED
