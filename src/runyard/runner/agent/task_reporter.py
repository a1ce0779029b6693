"""Tells the server about one task: output at once, then in batches as fast as the server acknowledges.

Most jobs of a busy runner are short. What the first quarter of a second brings before the output of a step (set-up,
its header), and states, therefore wait for company, and a short job takes about three calls; later everything is sent
at once. Nothing is forgotten before it is acknowledged. Without a server everything waits until it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from runyard.protocol.generated import runner_pb2
from runyard.runner.agent.client import RunnerClient
from runyard.runner.agent.errors import ConnectError, UnreachableError
from runyard.runner.agent.lane import Lane
from runyard.runner.agent.row_buffer import Row, RowBuffer
from runyard.runner.agent.summaries import CAPABILITY, summary_upload
from runyard.runner.agent.task_state import TaskState
from runyard.runner.task import Conclusion

_log = logging.getLogger(__name__)

_BATCH_ROWS = 20_000
_BATCH_CHARACTERS = 1024 * 1024
_TRIES = 10
_OUTPUT_TRIES = 5
_YOUNG = 0.25
_COMPANY = 0.01
_HEADER_END = "##[endgroup]"
_HEARTBEAT = 1.0
_HOLD = 20.0
_LONGEST_DELAY = 5.0
_LAST_ANSWER = 0.2

Answer = TypeVar("Answer")


class TaskGoneError(Exception):
    """The server does not want to hear of this task any more."""


class TaskReporter:
    """The Reporter of one task. Its reporting methods are for the job's thread, `deliver` is for the event loop.

    `cancel` is called, with a reason, when the server wants the task to end; `force` says that nobody listens any
    more. Reporters that share a `lane` call one after the other while their jobs run, so that many short jobs take
    few calls: what comes meanwhile goes along. Beside other jobs the output of a young one waits a moment for more.
    """

    def __init__(
        self,
        client: RunnerClient,
        task_id: int,
        context: Mapping[str, Any],
        *,
        spool: Path,
        lane: Lane,
        cancel: Callable[[str], None],
        force: Callable[[str], None],
    ) -> None:
        self._client = client
        self._id = task_id
        self._context = context
        self._lane = lane
        self._cancel = cancel
        self._force = force
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._awake = False
        self._turn = asyncio.Lock()
        self._rows = RowBuffer(spool / f"{task_id}.rows")
        self._written = 0
        self._acknowledged = 0
        self._log_closed = False
        self._summaries: dict[int, str] = {}
        self._state = TaskState(task_id, time.time_ns())
        self._state_changed = False
        self._young = True
        self._speaking = False
        self._finished = False
        self._gone = False
        self._stalls = 0
        self._heart: asyncio.Task[None] | None = None
        self._holding = False

    # The job's thread

    def log(self, time_ns: int, text: str) -> None:
        """See Reporter."""
        if self._gone:
            return
        self._rows.append((time_ns, text))
        self._written += 1
        if self._speaking or not self._young:
            self._notify()
        elif text == _HEADER_END:
            self._speaking = True

    def steps(self, titles: Sequence[str]) -> None:
        """See Reporter."""
        self._state.plan(len(titles))

    def step_started(self, index: int, time_ns: int) -> None:
        """See Reporter."""
        self._state.start_step(index, time_ns, self._written)
        self._change_state()

    def step_finished(self, index: int, conclusion: Conclusion, time_ns: int) -> None:
        """See Reporter."""
        self._state.finish_step(index, conclusion, time_ns, self._written)
        self._change_state()

    def output(self, name: str, value: str) -> None:
        """See Reporter."""
        self._state.add_output(name, value)

    def summary(self, index: int, markdown: str) -> None:
        """See Reporter."""
        self._summaries[index] = f"{self._summaries.get(index, '')}{markdown}"

    def finish(self, conclusion: Conclusion) -> None:
        """The job ended: the last row and the result. The last row makes sure that the last call carries one."""
        now = time.time_ns()
        self._state.finish(conclusion, now)
        self._rows.append((now, _LAST_ROWS[conclusion]))
        self._written += 1
        self._finished = True
        self._notify()

    def _change_state(self) -> None:
        self._state_changed = True
        if not self._young:
            self._notify()

    def _notify(self) -> None:
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._wake.set)

    # The event loop

    async def deliver(self) -> None:
        """Send everything, until the final result is acknowledged or the server does not want it."""
        timer = self._loop.call_later(_YOUNG, self._grow_up)
        self._lane.jobs += 1
        try:
            while not self._finished:
                await self._wake.wait()
                if self._young and self._lane.jobs > 1:
                    await asyncio.sleep(_COMPANY)
                self._wake.clear()
                self._awake = False
                await self._send_rows()
                await self._send_state()
            await self._send_rows()
            await self._send_summaries()
            await self._send_result()
        except TaskGoneError as error:
            _log.warning("task %d: the server does not want it any more (%s)", self._id, error)
            self._gone = True
            self._force("the server does not want the job any more")
        finally:
            timer.cancel()
            self._lane.jobs -= 1
            await self._stop_heart()
            self._rows.close()

    async def _send_rows(self) -> None:
        """All rows that are there; once the job has ended, the log is closed with the last of them."""
        while not self._log_closed and (len(self._rows) or self._finished):
            try:
                batch, last, answer = await self._insist(self._send_batch)
            except ConnectError as error:
                if not error.log_closed:
                    raise TaskGoneError(str(error)) from error
                self._log_closed = True
                return
            if answer.ack_index < self._acknowledged:
                _log.warning("task %d: the server lost rows %d to %d", self._id, answer.ack_index, self._acknowledged)
            elif answer.ack_index == self._acknowledged and batch:
                await self._stall()
            taken = max(0, min(answer.ack_index - self._acknowledged, len(batch)))
            self._rows.drop(taken)
            self._acknowledged = min(answer.ack_index, self._acknowledged + taken)
            self._log_closed = self._log_closed or (last and taken == len(batch))

    async def _send_batch(self) -> tuple[list[Row], bool, runner_pb2.UpdateLogResponse]:
        """What is there when the turn comes: the rows, whether they are the last ones, and the answer."""
        finished = self._finished
        batch = self._rows.first(_BATCH_ROWS, _BATCH_CHARACTERS)
        last = finished and len(batch) == len(self._rows)
        request = runner_pb2.UpdateLogRequest(task_id=self._id, index=self._acknowledged, no_more=last)
        for time_ns, text in batch:
            row = request.rows.add(content=text)
            row.time.seconds, row.time.nanos = divmod(time_ns, 1_000_000_000)
        return batch, last, await self._client.update_log(request)

    async def _stall(self) -> None:
        """The server answers but takes nothing: after some tries the rows are given up."""
        self._stalls += 1
        self._log_closed = self._stalls >= _TRIES
        await asyncio.sleep(_HEARTBEAT)

    async def _send_state(self) -> None:
        if self._state_changed and not self._young and not self._finished:
            await self._update(final=False)

    async def _send_result(self) -> None:
        for _ in range(_OUTPUT_TRIES):
            await self._update(final=True)
            if not self._state.outputs_left:
                return
        _log.warning("task %d: the server did not take all outputs", self._id)

    async def _send_summaries(self) -> None:
        """While the job's token is valid; a summary that cannot be sent does not fail the job."""
        if CAPABILITY not in self._client.capabilities:
            return
        for index, markdown in self._summaries.items():
            upload = summary_upload(self._context, index)
            if not upload:
                return
            try:
                await self._client.put_summary(*upload, markdown)
            except (ConnectError, UnreachableError) as error:
                _log.warning("task %d: the summary of step %d is lost: %s", self._id, index, error)

    async def _update(self, *, final: bool) -> None:
        async def send() -> runner_pb2.UpdateTaskResponse | None:
            if self._finished and not final:
                return None
            self._state_changed = False
            return await self._client.update_task(self._state.request(final=final))

        try:
            answer = await self._insist(send)
        except ConnectError as error:
            raise TaskGoneError(str(error)) from error
        if answer:
            self._take(answer)

    def _take(self, answer: runner_pb2.UpdateTaskResponse) -> None:
        self._state.forget_outputs(answer.sent_outputs)
        if answer.state.result != runner_pb2.RESULT_UNSPECIFIED and not self._finished:
            self._cancel("the server cancelled the job")

    async def _insist(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """One call at a time, until there is an answer. Raises ConnectError for an answer that will not change."""
        refused = 0
        delay = 0.1
        while True:
            try:
                async with contextlib.nullcontext() if self._finished else self._lane.turn, self._turn:
                    return await call()
            except UnreachableError as error:
                _log.info("task %d: %s", self._id, error)
            except ConnectError as error:
                if not error.temporary:
                    refused += 1
                if error.task_unknown or error.log_closed or refused >= _TRIES:
                    raise
            await asyncio.sleep(delay * random.uniform(0.5, 1))  # noqa: S311 - spreads load, no secret
            delay = min(delay * 2, _LONGEST_DELAY)

    def _grow_up(self) -> None:
        self._young = False
        self._wake.set()
        self._heart = self._loop.create_task(self._beat())

    async def _beat(self) -> None:
        """Keep the task alive and hear of a cancel at once: one held call after the other beside the others.

        A server that does not hold gets a short one every second, and never beside another.
        """
        turn: contextlib.AbstractAsyncContextManager[object] = contextlib.nullcontext()
        while not self._finished:
            start = self._loop.time()
            try:
                async with turn:
                    self._holding = True
                    self._state_changed = False
                    self._take(await self._client.update_task(self._state.request(final=False), _HOLD))
            except UnreachableError:
                self._state_changed = True
            except ConnectError as error:
                self._state_changed = True
                if error.task_unknown and not self._finished:
                    self._force("the server does not want the job any more")
                    return
            finally:
                self._holding = False
            left = _HEARTBEAT - (self._loop.time() - start)
            if left > 0:
                turn = self._turn
                await asyncio.sleep(left)

    async def _stop_heart(self) -> None:
        """A held call is answered when the task ends; waiting a moment for that saves the connection."""
        if not self._heart:
            return
        if self._holding:
            await asyncio.wait([self._heart], timeout=_LAST_ANSWER)
        self._heart.cancel()
        await asyncio.wait([self._heart])


_LAST_ROWS = {
    Conclusion.SUCCESS: "Job succeeded",
    Conclusion.FAILURE: "Job failed",
    Conclusion.CANCELLED: "Job cancelled",
    Conclusion.SKIPPED: "Job skipped",
}
