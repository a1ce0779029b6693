"""UpdateTask and UpdateLog: what a runner says of its task, stored before it is acknowledged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runyard.kernel import decide
from runyard.kernel.commands import DeliverAbort, ReportTask, StepReport
from runyard.kernel.status import TERMINAL, Status
from runyard.protocol.generated import runner_pb2
from runyard.services.errors import ConflictError, Invalid, NotFound
from runyard.services.fleet import KnownTask
from runyard.services.leases import lease_milliseconds
from runyard.services.record import record
from runyard.services.timer import watch_deadline
from runyard.store import Conflict, logs, runners, runs, tasks
from runyard.store import NotFound as RowNotFound
from runyard.store.signals import SignalsClosed

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp

    from runyard.kernel.state import Run
    from runyard.services.context import Services
    from runyard.services.fleet import KnownRunner
    from runyard.store import Tx

OUTPUT_NAME_BYTES = 255
OUTPUT_VALUE_BYTES = 1024 * 1024
LINE_BYTES = 65_536
WAIT_SECONDS = 50.0
RESULT_NAMES = {status: runner_pb2.Result.Name(status.value) for status in (Status.UNKNOWN, *TERMINAL)}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a task stands. `outputs`: the names stored so far."""

    task_id: int
    status: Status
    outputs: tuple[str, ...]

    @property
    def result(self) -> Status:
        """What its runner is told: UNKNOWN = go on, anything else = stop."""
        if self.status is Status.CANCELLING:
            return Status.CANCELLED
        return self.status if self.status.is_terminal else Status.UNKNOWN

    def answer(self, offered: Iterable[str]) -> bytes:
        """The serialized answer. Refused outputs are acknowledged too, or the runner would offer them for ever."""
        state = runner_pb2.TaskState(id=self.task_id, result=RESULT_NAMES[self.result])
        sent = dict.fromkeys((*self.outputs, *offered))
        return runner_pb2.UpdateTaskResponse(state=state, sent_outputs=sent).SerializeToString()


async def update_task(
    services: Services, runner: KnownRunner, request: runner_pb2.UpdateTaskRequest, body: bytes, wait_seconds: float = 0
) -> bytes:
    """Store a report and return the serialized answer.

    `body` is the request's bytes: a repeated report that changed nothing is answered from memory.
    With `wait_seconds` the answer of a running task is held until the task is to be cancelled or the time is over;
    never so long that the lease could run out meanwhile.
    """
    task_id = request.state.id
    known = await _known(services, runner, task_id)
    if wait_seconds <= 0:
        return await _report(services, runner, known, request, body)
    with services.database.signals.subscribe(("task", task_id)) as wake:
        answer = await _report(services, runner, known, request, body)
        held = min(wait_seconds, WAIT_SECONDS, services.settings.lease_seconds / 3)
        end = services.clock() + int(held * 1000)
        while runner_pb2.UpdateTaskResponse.FromString(answer).state.result == runner_pb2.RESULT_UNSPECIFIED:
            left = end - services.clock()
            try:
                if left <= 0 or not await wake.wait(left / 1000):
                    break
            except SignalsClosed:
                break
            run = await services.database.read(lambda tx: runs.load(tx, known.run_id))
            standing = _standing(run, known)
            if standing.status is Status.CANCELLING:
                await services.database.write(lambda tx: _tell(services, tx, known))
            answer = standing.answer(request.outputs)
        return answer


async def update_log(services: Services, runner: KnownRunner, request: runner_pb2.UpdateLogRequest) -> int:
    """Store log rows durably and return the index the runner should send next."""
    known = await _known(services, runner, request.task_id)
    if not request.rows and not request.no_more and known.log_length >= 0 and _lease_is_fresh(services, known):
        return known.log_length
    rows = [(row.time.seconds * 1_000_000_000 + row.time.nanos, _line(row.content)) for row in request.rows]

    def store(tx: Tx) -> int:
        try:
            length = logs.append(
                tx, known.id, request.index, rows, request.no_more, most_bytes=services.settings.log_bytes
            )
        except Conflict as error:
            raise ConflictError(str(error), code="log_archived") from error
        expires = _renew(services, tx, known)

        def tell() -> None:
            known.lease_expires, known.log_length = expires, length

        tx.after_commit(tell)
        tx.notify(("log", known.id))
        return length

    return await services.database.write(store)


async def _report(
    services: Services, runner: KnownRunner, known: KnownTask, request: runner_pb2.UpdateTaskRequest, body: bytes
) -> bytes:
    if body == known.last_report and _lease_is_fresh(services, known):
        return known.last_answer
    command = _command(services, known, request)

    def apply(tx: Tx) -> bytes:
        before = runs.load(tx, known.run_id, lock=True)
        events = decide(before, command)
        after = record(services, tx, known.run_id, before, events).run
        expires = _renew(services, tx, known)
        standing = _standing(after, known)
        if standing.status is Status.CANCELLING:
            _tell(services, tx, known)
        answer = standing.answer(request.outputs)
        retires = runner.ephemeral and standing.status.is_terminal and runners.delete(tx, runner.id)

        def remember() -> None:
            known.lease_expires = expires
            is_settled = not events and standing.status is not Status.CANCELLING
            known.last_report, known.last_answer = (body, answer) if is_settled else (b"", b"")
            runner.retired = runner.retired or retires

        tx.after_commit(remember)
        return answer

    return await services.database.write(apply)


def _tell(services: Services, tx: Tx, known: KnownTask) -> None:
    """The runner is about to be told to stop: counted, so that it is known how often, and since when."""
    run = runs.load(tx, known.run_id, lock=True)
    command = DeliverAbort(at=services.clock(), attempt=known.attempt, job=known.job, task=known.task)
    record(services, tx, known.run_id, run, decide(run, command))


async def _known(services: Services, runner: KnownRunner, task_id: int) -> KnownTask:
    """The task, if it is this runner's."""
    known = services.fleet.task(task_id)
    if known is None:
        try:
            ref = await services.database.read(lambda tx: runs.locate_task(tx, task_id))
        except RowNotFound:
            raise NotFound(f"there is no task {task_id}") from None
        known = KnownTask(ref.id, ref.run_id, ref.attempt, ref.job, ref.task, ref.runner_id, ref.lease_expires)
        services.fleet.remember_task(known)
    if known.runner_id != runner.id:
        raise Invalid("invalid runner for task", code="foreign_task")
    return known


def _command(services: Services, known: KnownTask, request: runner_pb2.UpdateTaskRequest) -> ReportTask:
    state = request.state
    return ReportTask(
        at=services.clock(),
        attempt=known.attempt,
        job=known.job,
        task=known.task,
        result=_status(state.result),
        steps=tuple(
            StepReport(
                index=step.id,
                result=_status(step.result),
                started=_milliseconds(step.started_at),
                stopped=_milliseconds(step.stopped_at),
                log_index=step.log_index,
                log_length=step.log_length,
            )
            for step in state.steps
        ),
        outputs=_storable(request.outputs),
    )


def _standing(run: Run, known: KnownTask) -> Standing:
    """How the task stands in this state of its run."""
    job = run.attempts[known.attempt - 1].jobs[known.job]
    return Standing(known.id, job.tasks[known.task - 1].status, tuple(job.outputs))


def _renew(services: Services, tx: Tx, known: KnownTask) -> int:
    """Write a full lease when less than two thirds are left; return when the lease runs out."""
    if _lease_is_fresh(services, known):
        return known.lease_expires
    expires = services.clock() + lease_milliseconds(services)
    tasks.renew(tx, known.id, expires)
    tx.after_commit(lambda: watch_deadline(services, expires))
    return expires


def _lease_is_fresh(services: Services, known: KnownTask) -> bool:
    return known.lease_expires - services.clock() >= lease_milliseconds(services) * 2 / 3


def _storable(outputs: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in outputs.items()
        if len(name.encode()) <= OUTPUT_NAME_BYTES and len(value.encode()) <= OUTPUT_VALUE_BYTES
    }


def _status(result: int) -> Status:
    """The numbers are the same; one that we do not know is no success."""
    return Status(result) if 0 <= result <= Status.SKIPPED else Status.FAILURE


def _milliseconds(time: Timestamp) -> int:
    """0 when the time is not set (or is Go's zero time, in the year 1)."""
    return max(0, time.seconds * 1000 + time.nanos // 1_000_000)


def _line(content: str) -> str:
    """One line of at most 64 KiB."""
    if "\n" in content:
        content = content.replace("\n", "\\n")
    if len(content) * 4 > LINE_BYTES and len(data := content.encode()) > LINE_BYTES:
        content = data[:LINE_BYTES].decode("utf-8", "ignore")
    return content
