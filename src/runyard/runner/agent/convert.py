"""A task of the wire becomes a task of ours."""

from __future__ import annotations

import functools
from typing import Any

from google.protobuf import struct_pb2

from runyard.protocol.generated import runner_pb2
from runyard.runner.task import Conclusion, Need, Task

_CONCLUSIONS = {
    runner_pb2.RESULT_SUCCESS: Conclusion.SUCCESS,
    runner_pb2.RESULT_FAILURE: Conclusion.FAILURE,
    runner_pb2.RESULT_CANCELLED: Conclusion.CANCELLED,
    runner_pb2.RESULT_SKIPPED: Conclusion.SKIPPED,
}


def task_of(message: runner_pb2.Task) -> Task:
    """Any field may be missing. A need without a result counts as failed."""
    return Task(
        id=message.id,
        payload=message.workflow_payload.decode("utf-8", "replace"),
        context=_context(message.context),
        secrets=dict(message.secrets),
        needs={
            name: Need(_CONCLUSIONS.get(need.result, Conclusion.FAILURE), dict(need.outputs))
            for name, need in message.needs.items()
        },
        vars=dict(message.vars),
    )


def _context(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The event is by far its largest part, and the same for all jobs of a run."""
    return {
        name: _event(value.SerializeToString(deterministic=True)) if name == "event" else _plain(value)
        for name, value in struct.fields.items()
    }


@functools.lru_cache(maxsize=4)
def _event(data: bytes) -> Any:
    return _plain(struct_pb2.Value.FromString(data))


def _mapping(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {name: _plain(value) for name, value in struct.fields.items()}


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "struct_value":
            return _mapping(value.struct_value)
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_plain(one) for one in value.list_value.values]
        case _:
            return None
