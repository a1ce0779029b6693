"""The states of a task and its steps, as the server is told them. Written by the job's thread, read by the event
loop.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from runyard.protocol.generated import runner_pb2
from runyard.runner.task import Conclusion

RESULTS = {
    Conclusion.SUCCESS: runner_pb2.RESULT_SUCCESS,
    Conclusion.FAILURE: runner_pb2.RESULT_FAILURE,
    Conclusion.CANCELLED: runner_pb2.RESULT_CANCELLED,
    Conclusion.SKIPPED: runner_pb2.RESULT_SKIPPED,
}

_KEY_BYTES = 255
_VALUE_BYTES = 1024 * 1024
_SECOND = 1_000_000_000


@dataclass(slots=True)
class _Step:
    started: int = 0
    stopped: int = 0
    result: runner_pb2.Result = runner_pb2.RESULT_UNSPECIFIED
    log_index: int = 0
    log_length: int = 0


class TaskState:
    """Times are nanoseconds since the epoch; log positions count the rows of the whole task."""

    def __init__(self, task_id: int, started: int) -> None:
        self._id = task_id
        self._lock = threading.Lock()
        self._started = started
        self._stopped = 0
        self._result: runner_pb2.Result = runner_pb2.RESULT_UNSPECIFIED
        self._steps: list[_Step] = []
        self._outputs: dict[str, str] = {}

    @property
    def outputs_left(self) -> bool:
        """Whether the server still misses outputs."""
        return bool(self._outputs)

    def plan(self, count: int) -> None:
        """The job has so many steps."""
        with self._lock:
            self._steps = [_Step() for _ in range(count)]

    def start_step(self, index: int, time_ns: int, row: int) -> None:
        """A step starts; `row` is the number of its first row."""
        with self._lock:
            self._steps[index].started = time_ns
            self._steps[index].log_index = row

    def finish_step(self, index: int, conclusion: Conclusion, time_ns: int, row: int) -> None:
        """A step ended; `row` is the number of the first row after it."""
        with self._lock:
            step = self._steps[index]
            step.result = RESULTS[conclusion]
            if step.started:
                step.stopped = time_ns
                step.log_length = row - step.log_index
            else:
                step.log_index = row

    def add_output(self, name: str, value: str) -> None:
        """An output of the job; what no server stores is left out."""
        if len(name.encode()) <= _KEY_BYTES and len(value.encode()) <= _VALUE_BYTES:
            with self._lock:
                self._outputs[name] = value

    def finish(self, conclusion: Conclusion, time_ns: int) -> None:
        """The job ended. Steps without a result were never reached: they count as cancelled."""
        with self._lock:
            self._result = RESULTS[conclusion]
            self._stopped = time_ns
            for step in self._steps:
                if step.result == runner_pb2.RESULT_UNSPECIFIED:
                    step.result = runner_pb2.RESULT_CANCELLED
                    step.stopped = time_ns if step.started else 0

    def forget_outputs(self, names: Iterable[str]) -> None:
        """The server has these."""
        with self._lock:
            for name in names:
                self._outputs.pop(name, None)

    def request(self, *, final: bool) -> runner_pb2.UpdateTaskRequest:
        """What to send: always all steps; result and outputs only at the end, when the log is complete."""
        with self._lock:
            state = runner_pb2.TaskState(id=self._id)
            _set_time(state, "started_at", self._started)
            if final:
                state.result = self._result
                _set_time(state, "stopped_at", self._stopped)
            for index, step in enumerate(self._steps):
                sent = state.steps.add(
                    id=index, result=step.result, log_index=step.log_index, log_length=step.log_length
                )
                _set_time(sent, "started_at", step.started)
                _set_time(sent, "stopped_at", step.stopped)
            return runner_pb2.UpdateTaskRequest(state=state, outputs=self._outputs if final else {})


def _set_time(message: runner_pb2.TaskState | runner_pb2.StepState, name: str, time_ns: int) -> None:
    if time_ns:
        stamp = getattr(message, name)
        stamp.seconds, stamp.nanos = divmod(time_ns, _SECOND)
