"""Job summaries: one upload per step, as Gitea's runner does it, for servers that say they take them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

CAPABILITY = "job-summary"
"""What a server that takes summaries says when the runner declares itself."""


def summary_upload(context: Mapping[str, Any], index: int) -> tuple[str, str] | None:
    """Path (below the server's address) and token of the upload for a step; None when the task does not allow it.

    `context` is the task's. The job's id stands in its runtime token, which is read without being verified.
    """
    token = context.get("forgejo_runtime_token") or context.get("gitea_runtime_token")
    run_id, job_id = context.get("run_id"), _job_id(token) if isinstance(token, str) else 0
    if not token or not run_id or not job_id:
        return None
    path = f"/api/actions_pipeline/_apis/pipelines/workflows/{run_id}/jobs/{job_id}/steps/{index}/summary"
    return path, str(token)


def _job_id(token: str) -> int:
    parts = token.split(".")
    if len(parts) != 3:
        return 0
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return int(claims["JobID"])
    except (ValueError, KeyError, TypeError):
        return 0
