from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runyard.protocol.generated import runner_pb2
from runyard.runner.agent import task_reporter
from runyard.runner.agent.client import RunnerClient, new_session
from runyard.runner.agent.lane import Lane
from runyard.runner.agent.task_reporter import TaskReporter
from runyard.runner.task import Conclusion
from tests.runner.connect_server import ConnectServer, connect_server, refusal

ID = 5
CLAIMS = base64.urlsafe_b64encode(b'{"JobID": 12, "RunID": 3}').decode().rstrip("=")
CONTEXT = {"run_id": "3", "gitea_runtime_token": f"x.{CLAIMS}.y"}


class Bench:
    def __init__(self, server: ConnectServer, client: RunnerClient, reporter: TaskReporter) -> None:
        self.server = server
        self.client = client
        self.reporter = reporter
        self.reasons: list[str] = []
        self.forced: list[str] = []

    async def job(self, work: Callable[[TaskReporter], None]) -> None:
        """`work` runs in a thread, as a job does, and ends with a success."""
        await asyncio.to_thread(work, self.reporter)
        self.reporter.finish(Conclusion.SUCCESS)


@asynccontextmanager
async def bench(tmp_path: Path, lane: Lane | None = None) -> AsyncIterator[Bench]:
    async with connect_server() as server, new_session() as session:
        made: list[Bench] = []
        client = RunnerClient(session, server.address, "u", "t")
        reporter = TaskReporter(
            client,
            ID,
            CONTEXT,
            spool=tmp_path,
            lane=lane or Lane(),
            cancel=lambda reason: made[0].reasons.append(reason),
            force=lambda reason: made[0].forced.append(reason),
        )
        made.append(Bench(server, client, reporter))
        yield made[0]


def rows(reporter: TaskReporter, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        reporter.log(time.time_ns(), f"row {number}")


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def expected(count: int) -> list[str]:
    return [*(f"row {number}" for number in range(count)), "Job succeeded"]


async def test_a_short_job_takes_few_calls(tmp_path: Path) -> None:
    def work(reporter: TaskReporter) -> None:
        reporter.steps(["a", "b"])
        rows(reporter, 2)
        reporter.step_started(0, 1_000_000_001)
        rows(reporter, 3, 2)
        reporter.step_finished(0, Conclusion.SUCCESS, 2_000_000_000)
        reporter.step_finished(1, Conclusion.SKIPPED, 2_000_000_000)
        reporter.output("a", "1")

    async with bench(tmp_path) as one:
        await one.job(work)
        await one.reporter.deliver()
        assert one.server.rows[ID] == expected(5)
        assert one.server.closed == {ID}
        assert one.server.outputs[ID] == {"a": "1"}
        assert [name for name, _ in one.server.calls] == ["UpdateLog", "UpdateTask"]
        state = one.server.states[ID]
        assert state.result == runner_pb2.RESULT_SUCCESS
        assert [(s.id, s.result, s.log_index, s.log_length) for s in state.steps] == [(0, 1, 2, 3), (1, 4, 5, 0)]
        assert state.steps[0].started_at.nanos == 1
        assert not state.steps[1].HasField("started_at")
        assert one.reasons == []


async def test_beside_other_jobs_output_and_end_of_a_short_job_go_together(tmp_path: Path) -> None:
    lane = Lane()
    lane.jobs = 1
    async with bench(tmp_path, lane) as one:
        delivery = asyncio.create_task(one.reporter.deliver())
        one.reporter.steps(["a"])
        one.reporter.log(1, "##[endgroup]")
        one.reporter.log(1, "output")
        for _ in range(10):
            await asyncio.sleep(0)
        one.reporter.finish(Conclusion.SUCCESS)
        await delivery
        assert [name for name, _ in one.server.calls] == ["UpdateLog", "UpdateTask"]
    assert lane.jobs == 1


async def test_the_first_output_is_sent_at_once_and_the_result_last(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        delivery = asyncio.create_task(one.reporter.deliver())
        one.reporter.log(1, "##[endgroup]")
        await asyncio.to_thread(rows, one.reporter, 1)
        await one.server.until(lambda: one.server.rows.get(ID) == ["##[endgroup]", "row 0"])
        one.reporter.finish(Conclusion.FAILURE)
        await delivery
        methods = [name for name, _ in one.server.calls]
        assert methods.index("UpdateTask") > methods.index("UpdateLog")
        assert methods[-1] == "UpdateTask"
        assert [state.result for state in one.server.seen][:-1] == [0] * (len(one.server.seen) - 1)


async def test_lost_answers_lose_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.server.lose.update({"UpdateLog": 2, "UpdateTask": 1})
        await asyncio.gather(one.reporter.deliver(), one.job(lambda reporter: rows(reporter, 100)))
        assert one.server.rows[ID] == expected(100)
        assert one.server.result(ID) == runner_pb2.RESULT_SUCCESS


async def test_partial_acknowledgements(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.server.ack_limit = 7
        await asyncio.gather(one.reporter.deliver(), one.job(lambda reporter: rows(reporter, 50)))
        assert one.server.rows[ID] == expected(50)
        assert one.server.closed == {ID}


async def test_a_server_that_restarts_gets_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_reporter, "_LONGEST_DELAY", 0.1)
    async with bench(tmp_path) as one:
        delivery = asyncio.create_task(one.reporter.deliver())
        await asyncio.to_thread(rows, one.reporter, 3)
        await one.server.until(lambda: len(one.server.rows.get(ID, [])) == 3)
        await one.server.stop()
        await one.job(lambda reporter: rows(reporter, 60_000, 3))
        assert names(tmp_path) == [f"{ID}.rows"]
        await one.server.start()
        await delivery
        assert one.server.rows[ID] == expected(60_003)
        assert names(tmp_path) == []


async def test_temporary_refusals_are_waited_out(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.server.refuse = {
            "UpdateLog": [refusal(503, "unavailable", "starting"), refusal(500, "internal", "database")],
            "UpdateTask": [refusal(429, "resource_exhausted", "slow")],
        }
        await asyncio.gather(one.reporter.deliver(), one.job(lambda reporter: rows(reporter, 3)))
        assert one.server.rows[ID] == expected(3)
        assert one.server.result(ID) == runner_pb2.RESULT_SUCCESS


async def test_a_closed_log_does_not_stop_the_result(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.server.refuse = {"UpdateLog": [refusal(409, "already_exists", "log file has been archived")] * 3}
        await asyncio.gather(one.reporter.deliver(), one.job(lambda reporter: rows(reporter, 3)))
        assert one.server.result(ID) == runner_pb2.RESULT_SUCCESS


async def test_an_unknown_task_ends_the_job(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.server.unknown_tasks = {ID}
        delivery = asyncio.create_task(one.reporter.deliver())
        await asyncio.to_thread(rows, one.reporter, 1)
        await delivery
        assert one.forced


@pytest.mark.parametrize("holds", [True, False])
async def test_cancel_is_heard_by_held_and_by_short_calls(tmp_path: Path, holds: bool) -> None:
    async with bench(tmp_path) as one:
        one.server.holds = holds
        heard = threading.Event()
        one.reporter._cancel = lambda reason: (one.reasons.append(reason), heard.set())  # type: ignore[assignment,func-returns-value]
        delivery = asyncio.create_task(one.reporter.deliver())
        await asyncio.to_thread(rows, one.reporter, 1)
        await one.server.until(lambda: one.server.count("UpdateTask") == 1)
        start = time.monotonic()
        await one.server.cancel(ID)
        assert await asyncio.to_thread(heard.wait, 5)
        if holds:
            assert time.monotonic() - start < 0.5
        one.reporter.finish(Conclusion.CANCELLED)
        await delivery
        assert one.reasons[0] == "the server cancelled the job"
        assert one.server.result(ID) == runner_pb2.RESULT_CANCELLED


async def test_outputs_that_no_server_stores_are_left_out(tmp_path: Path) -> None:
    def work(reporter: TaskReporter) -> None:
        reporter.output("k" * 256, "x")
        reporter.output("big", "x" * (1024 * 1024 + 1))
        reporter.output("ok", "ü")

    async with bench(tmp_path) as one:
        await asyncio.gather(one.reporter.deliver(), one.job(work))
        assert one.server.outputs[ID] == {"ok": "ü"}


@pytest.mark.parametrize("offered", [True, False])
async def test_summaries_go_to_servers_that_take_them(tmp_path: Path, offered: bool) -> None:
    def work(reporter: TaskReporter) -> None:
        reporter.summary(0, "# ü\n")
        reporter.summary(0, "more\n")

    async with bench(tmp_path) as one:
        one.server.offers = "job-summary" if offered else ""
        await one.client.declare("v1", [], [])
        await asyncio.gather(one.reporter.deliver(), one.job(work))
        path = "/api/actions_pipeline/_apis/pipelines/workflows/3/jobs/12/steps/0/summary"
        expected_summaries = {path: (f"Bearer x.{CLAIMS}.y", "# ü\nmore\n")} if offered else {}
        assert one.server.summaries == expected_summaries
        assert one.server.result(ID) == runner_pb2.RESULT_SUCCESS
