"""Uploads of job summaries, as Gitea's runners make them."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest

from runyard.services.summarise import MAX_BYTES
from runyard.store import summaries
from runyard.store.repositories import Repository
from tests.support.fleet import ONE_JOB, Yard, create_run


@dataclass
class Upload:
    """A running task and its way to upload summaries."""

    yard: Yard
    task_id: int
    token: str
    claims: dict[str, Any]

    async def put(self, markdown: bytes, *, step: int = 0, token: str | None = None, job: int = 0) -> tuple[int, Any]:
        """Status and decoded answer."""
        path = (
            f"/api/actions_pipeline/_apis/pipelines/workflows/{self.claims['RunID']}"
            f"/jobs/{job or self.claims['JobID']}/steps/{step}/summary"
        )
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "text/markdown; charset=utf-8"}
        async with self.yard.session.put(self.yard.base + path, data=io.BytesIO(markdown), headers=headers) as answer:
            return answer.status, await answer.json()

    async def stored(self) -> dict[int, str]:
        """What the server has."""
        return await self.yard.services.database.read(lambda tx: summaries.read(tx, self.task_id))


@pytest.fixture
async def upload(yard: Yard, repository: Repository) -> Upload:
    """A task that a runner has fetched."""
    runner = await yard.runner("linux")
    await create_run(yard.services, repository, ONE_JOB)
    task = (await runner.fetch()).task
    token = str(task.context["gitea_runtime_token"])
    body = token.split(".")[1]
    return Upload(yard, task.id, token, json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


async def test_stored_replaced_and_cleared(upload: Upload) -> None:
    assert await upload.put(b"# One") == (200, {"message": "success", "sizeBytes": 5})
    await upload.put("# Zwölf".encode(), step=1)
    await upload.put(b"# Two")
    assert await upload.stored() == {0: "# Two", 1: "# Zwölf"}
    assert await upload.put(b"") == (200, {"message": "cleared", "sizeBytes": 0})
    assert await upload.stored() == {1: "# Zwölf"}


async def test_refused(upload: Upload) -> None:
    header, body, signature = upload.token.split(".")
    for forged in ("x", f"{header}.{body}.", f"{header}.{body}.{'A' * len(signature)}", f"{header}.e30.{signature}"):
        assert (await upload.put(b"x", token=forged))[0] == 401
    assert (await upload.put(b"x", job=upload.claims["JobID"] + 1))[0] == 400
    assert (await upload.put(b"x" * (MAX_BYTES + 1)))[0] == 400
    assert (await upload.put(b"x", step=10**6))[0] == 400
    assert await upload.stored() == {}


async def test_runners_are_told_that_summaries_are_taken(yard: Yard) -> None:
    runner = await yard.runner("linux")
    url = f"{yard.base}/api/actions/runner.v1.RunnerService/Declare"
    async with yard.session.post(
        url, data=b"", headers={"Content-Type": "application/proto", **runner.headers}
    ) as answer:
        assert answer.headers["X-Gitea-Actions-Capabilities"] == "job-summary"
