"""The runtime token of a job: a JSON Web Token (HS256) that the artifact and cache services of this server accept."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import NamedTuple

import msgspec

VALID_MILLISECONDS = 7 * 60 * 60 * 1000
_HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
_CACHE_SCOPES = '[{"Scope":"","Permission":2}]'


def sign_runtime_token(key: bytes, *, run_id: int, job_id: int, task_id: int, now: int) -> str:
    """A three-part token with the claims that runners and the toolkit packages read. `now` in milliseconds."""
    claims = {
        "nbf": now // 1000,
        "exp": (now + VALID_MILLISECONDS) // 1000,
        "scp": f"Actions.Results:{run_id}:{job_id}",
        "TaskID": task_id,
        "RunID": run_id,
        "JobID": job_id,
        "ac": _CACHE_SCOPES,
    }
    body = _HEADER + b"." + _base64(msgspec.json.encode(claims))
    signature = hmac.digest(key, body, hashlib.sha256)
    return (body + b"." + _base64(signature)).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class RuntimeClaims(NamedTuple):
    """Whose runtime token it is: database ids."""

    run_id: int
    job_id: int
    task_id: int


def verify_runtime_token(key: bytes, token: str, now: int) -> RuntimeClaims | None:
    """The claims of a token that we signed and that is valid at `now` (milliseconds); None for any other text."""
    body, _, signature = token.encode().rpartition(b".")
    if not hmac.compare_digest(_base64(hmac.digest(key, body, hashlib.sha256)), signature):
        return None
    claims = msgspec.json.decode(base64.urlsafe_b64decode(body.partition(b".")[2] + b"=="))
    if not claims["nbf"] <= now // 1000 < claims["exp"]:
        return None
    return RuntimeClaims(claims["RunID"], claims["JobID"], claims["TaskID"])
