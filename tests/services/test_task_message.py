from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from runyard.protocol.generated import runner_pb2 as pb
from runyard.services.runtime_token import sign_runtime_token
from runyard.services.task_message import encode_fields, fetch_response, fetch_single_response, varint

TEXT = st.text(st.characters(codec="utf-8"))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_a_struct_is_encoded_as_protobuf_reads_it(data: dict[str, Any]) -> None:
    assert json_format.MessageToDict(Struct.FromString(encode_fields(data))) == data


def test_whole_numbers_and_long_texts() -> None:
    data = {"number": 7, "text": "ä" * 300, "inner": {"list": [1, [True, None]]}, "inf": math.inf}
    read = Struct.FromString(encode_fields(data))
    assert read["number"] == 7.0
    assert read["text"] == data["text"]
    assert list(read["inner"]["list"][1]) == [True, None]  # type: ignore[arg-type,index]
    assert read["inf"] == math.inf


def test_later_fields_win_when_structs_are_joined() -> None:
    joined = Struct.FromString(encode_fields({"a": "1", "b": "2"}) + encode_fields({"b": "3"}))
    assert dict(joined.items()) == {"a": "1", "b": "3"}


@given(st.integers(0, 2**63 - 1), st.lists(st.integers(1, 2**40), max_size=4))
def test_fetch_answers_are_what_protobuf_reads(version: int, ids: list[int]) -> None:
    tasks = [pb.Task(id=number).SerializeToString() for number in ids]
    answer = pb.FetchTaskResponse.FromString(fetch_response(tasks, version))
    assert answer.tasks_version == version
    assert answer.HasField("task") == bool(ids)
    assert ([answer.task.id] if ids else []) + [task.id for task in answer.additional_tasks] == ids
    single = pb.FetchSingleTaskResponse.FromString(fetch_single_response(tasks, version))
    assert (single.tasks_version, single.HasField("task")) == (version, bool(ids))


def test_varints() -> None:
    assert varint(0) == b"\x00"
    assert varint(300) == b"\xac\x02"


def test_the_runtime_token_is_signed_and_names_its_job() -> None:
    token = sign_runtime_token(b"key", run_id=3, job_id=4, task_id=5, now=1_700_000_000_000)
    head, body, signature = token.split(".")
    expected = hmac.digest(b"key", f"{head}.{body}".encode(), hashlib.sha256)
    assert base64.urlsafe_b64decode(signature + "==") == expected
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert {key: claims[key] for key in ("TaskID", "RunID", "JobID", "scp", "nbf")} == {
        "TaskID": 5,
        "RunID": 3,
        "JobID": 4,
        "scp": "Actions.Results:3:4",
        "nbf": 1_700_000_000,
    }
    assert json.loads(claims["ac"]) == [{"Scope": "", "Permission": 2}]
    assert claims["exp"] > claims["nbf"]
