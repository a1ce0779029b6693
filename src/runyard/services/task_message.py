"""The bytes of a `runner.v1.Task`: a job's assignment plus this server's addresses and tokens.

The context is a `google.protobuf.Struct`. Filling one field by field is slow, so the run's part is encoded once per run
and the job's part is appended: in protobuf, concatenated messages merge and the later map entry wins.
"""

from __future__ import annotations

import functools
import struct
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runyard.kernel.secrets import TOKEN_NAMES, resolve
from runyard.protocol.generated import runner_pb2
from runyard.services.runtime_token import sign_runtime_token

if TYPE_CHECKING:
    from runyard.kernel.assignment import Assignment
    from runyard.services.settings import Settings

KEPT_RUNS = 256
DEBUG_SWITCHES = {"ACTIONS_STEP_DEBUG": "true", "ACTIONS_RUNNER_DEBUG": "true"}
"""How every runner learns, among the secrets, that debug rows are wanted; as on GitHub."""


class TaskMessages:
    """Builds task messages and keeps the encoded run parts of the newest runs. Used by one thread at a time."""

    def __init__(self, settings: Settings, signing_key: bytes) -> None:
        self._key = signing_key
        url = settings.base_url
        self._addresses = encode_fields(
            {
                "server_url": url,
                "api_url": f"{url}/api/v1",
                "graphql_url": "",
                "gitea_default_actions_url": url,
                "forgejo_default_actions_url": url,
                "secret_source": "Actions",
                "runyard_actions": "/api/actions/job",
            }
        )
        self._runs: OrderedDict[int, tuple[dict[str, Any], bytes]] = OrderedDict()

    def build(
        self,
        run_id: int,
        assignment: Assignment,
        *,
        task_id: int,
        job_id: int,
        token: str,
        secrets: Mapping[str, str],
        now: int,
        debug: bool = False,
    ) -> bytes:
        """The serialized Task. `run_id` and `job_id` are database ids, `token` is in clear, `now` in milliseconds.

        `secrets` are those of the run, which the assignment's plan passes down to the job. `debug`: show debug rows.
        """
        runtime_token = sign_runtime_token(self._key, run_id=run_id, job_id=job_id, task_id=task_id, now=now)
        own = assignment.own | {
            "run_id": str(run_id),
            "token": token,
            "gitea_runtime_token": runtime_token,
            "forgejo_runtime_token": runtime_token,
        }
        context = self._run_part(run_id, assignment.shared) + encode_fields(own)
        message = runner_pb2.Task(
            id=task_id,
            workflow_payload=assignment.payload.encode(),
            secrets=resolve(assignment.secrets, {**secrets, **dict.fromkeys(TOKEN_NAMES, token)})
            | (DEBUG_SWITCHES if debug else {}),
            needs={
                key: runner_pb2.TaskNeed(outputs=need.outputs, result=runner_pb2.Result.Name(need.result.value))
                for key, need in assignment.needs.items()
            },
            vars=assignment.vars,
        )
        return message.SerializeToString() + _delimited(b"\x1a", context)

    def _run_part(self, run_id: int, shared: dict[str, Any]) -> bytes:
        known = self._runs.get(run_id)
        if known is not None and known[0] == shared:
            return known[1]
        part = encode_fields(shared) + self._addresses
        self._runs[run_id] = shared, part
        if len(self._runs) > KEPT_RUNS:
            self._runs.popitem(last=False)
        return part


def fetch_response(tasks: Sequence[bytes], tasks_version: int) -> bytes:
    """The bytes of a `FetchTaskResponse` that carries these serialized tasks."""
    parts = [_delimited(b"\x0a", tasks[0])] if tasks else []
    if tasks_version:
        parts.append(b"\x10" + varint(tasks_version))
    parts.extend(_delimited(b"\x1a", task) for task in tasks[1:])
    return b"".join(parts)


def fetch_single_response(tasks: Sequence[bytes], tasks_version: int) -> bytes:
    """The bytes of a `FetchSingleTaskResponse` (its fields have other numbers)."""
    version = b"\x08" + varint(tasks_version) if tasks_version else b""
    return version + (_delimited(b"\x12", tasks[0]) if tasks else b"")


def encode_fields(data: Mapping[str, Any]) -> bytes:
    """The bytes of a `Struct` that holds plain JSON data."""
    return b"".join(
        [_delimited(b"\x0a", _key(key) + _delimited(b"\x12", _encode_value(value))) for key, value in data.items()]
    )


@functools.lru_cache(maxsize=1024)
def _key(name: str) -> bytes:
    return _delimited(b"\x0a", name.encode("utf-8", "replace"))


def _encode_value(value: Any) -> bytes:
    if isinstance(value, str):
        return _delimited(b"\x1a", value.encode("utf-8", "replace"))
    if value is None:
        return b"\x08\x00"
    if isinstance(value, bool):
        return b"\x20\x01" if value else b"\x20\x00"
    if isinstance(value, int | float):
        return b"\x11" + struct.pack("<d", value)
    if isinstance(value, list | tuple):
        return _delimited(b"\x32", b"".join([_delimited(b"\x0a", _encode_value(item)) for item in value]))
    return _delimited(b"\x2a", encode_fields(value))


def _delimited(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    return tag + (_SHORT[size] if size < 0x80 else varint(size)) + content


def varint(number: int) -> bytes:
    """A non-negative number as protobuf writes it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_SHORT = tuple(bytes((size,)) for size in range(0x80))
