"""The bytes of the runner protocol, as Gitea's and Forgejo's runners and servers produce them."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

from runyard.protocol.generated import ping_pb2
from runyard.protocol.generated import runner_pb2 as runner

START, STOP = Timestamp(seconds=1700000000), Timestamp(seconds=1700000009)
VECTORS: list[tuple[Message, str]] = [
    (ping_pb2.PingRequest(data="r1"), "0a027231"),
    (ping_pb2.PingResponse(data="Hello, r1!"), "0a0a48656c6c6f2c20723121"),
    (
        runner.RegisterRequest(name="r1", token="tok", agent_labels=["host"], version="v1", labels=["host"]),
        "0a0272311203746f6b1a04686f73742a0276313204686f7374",
    ),
    (
        runner.DeclareRequest(version="v1", labels=["host"], capabilities=["cancelling"]),
        "0a0276311204686f73741a0a63616e63656c6c696e67",
    ),
    (runner.FetchTaskRequest(tasks_version=7), "0807"),
    (runner.FetchTaskResponse(tasks_version=7), "1007"),
    (
        runner.UpdateLogRequest(
            task_id=5,
            index=2,
            rows=[runner.LogRow(time=Timestamp(seconds=1700000000, nanos=5), content="hi")],
            no_more=True,
        ),
        "080510021a0e0a080880e2cfaa061005120268692001",
    ),
    (runner.UpdateLogResponse(ack_index=3), "0803"),
    (
        runner.UpdateTaskRequest(
            state=runner.TaskState(
                id=5,
                result=runner.RESULT_SUCCESS,
                started_at=START,
                stopped_at=STOP,
                steps=[runner.StepState(id=0, result=runner.RESULT_SUCCESS, log_index=2, log_length=1)],
            ),
            outputs={"k": "v"},
        ),
        "0a1c080510011a060880e2cfaa0622060889e2cfaa062a0610012802300112060a016b120176",
    ),
    (
        runner.UpdateTaskResponse(state=runner.TaskState(id=5, result=runner.RESULT_CANCELLED), sent_outputs=["k"]),
        "0a040805100312016b",
    ),
    (
        runner.Task(
            id=5,
            workflow_payload=b"jobs: {}",
            context=Struct(fields={"job": Value(string_value="build")}),
            secrets={"A": "b"},
            needs={"n": runner.TaskNeed(outputs={"o": "1"}, result=runner.RESULT_SUCCESS)},
            vars={"V": "w"},
        ),
        "080512086a6f62733a207b7d1a100a0e0a036a6f6212071a056275696c6422060a0141120162320f0a016e120a0a060a016f12013110013a"
        "060a0156120177",
    ),
]


@pytest.mark.parametrize(("message", "expected"), VECTORS, ids=lambda value: type(value).__name__)
def test_bytes_both_ways(message: Message, expected: str) -> None:
    assert message.SerializeToString(deterministic=True).hex() == expected
    assert type(message).FromString(bytes.fromhex(expected)) == message


def test_forgejo_single_task_has_its_fields_in_another_order() -> None:
    single = runner.FetchSingleTaskResponse(tasks_version=7, task=runner.Task(id=1))
    assert single.SerializeToString(deterministic=True).hex() == "080712020801"
