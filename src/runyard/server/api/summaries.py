"""Job summaries, as Gitea's runners upload them: one PUT per step, with the job's runtime token."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, put

from runyard.server.api.inputs import Number, TheServices
from runyard.server.credentials import token_in
from runyard.services.errors import Unauthenticated
from runyard.services.summarise import summarise

CAPABILITY = "job-summary"
"""What a server that takes summaries says in its answer to Declare."""


class Stored(msgspec.Struct, rename="camel"):
    """What was done: `success` or `cleared`."""

    message: str
    size_bytes: int


@put(
    "/api/actions_pipeline/_apis/pipelines/workflows/{run_id:int}/jobs/{job_id:int}/steps/{step:int}/summary",
    status_code=200,
    include_in_schema=False,
)
async def summary(
    request: Request[Any, Any, Any], services: TheServices, run_id: Number, job_id: Number, step: Number
) -> Stored:
    """Keep the markdown in the body as the step's summary; an empty body removes it."""
    token = token_in(request.headers.get("authorization"))
    if token is None:
        raise Unauthenticated("send the job's runtime token as a bearer token")
    body = await request.body()
    await summarise(services, token, run_id, job_id, step, body)
    return Stored("success" if body else "cleared", len(body))
