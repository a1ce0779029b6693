"""While the database is away everybody is told to try again, in their own language; then all goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.protocol.generated import runner_pb2 as pb
from tests.support.fleet import CallFailed, Yard, create_repository, services_on, serving
from tests.support.postgres import Postgres, running_postgres


@pytest.fixture
async def postgres() -> AsyncIterator[Postgres]:
    with running_postgres(synchronous_commit="on") as server:
        yield server


@pytest.fixture
async def yard(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Yard]:
    async with services_on(tmp_path, database=postgres.url(postgres.create())) as services, serving(services) as yard:
        yield yard


async def test_who_asks_is_told_to_try_again(yard: Yard, postgres: Postgres) -> None:
    await create_repository(yard.services)
    runner = await yard.runner("blacksmith")
    await asyncio.to_thread(postgres.crash)
    async with yard.session.get(f"{yard.base}/api/v1/repos/ada/hello/actions/runs") as answer:
        body = await answer.json()
        assert (answer.status, body["code"]) == (503, "unavailable")
        assert "database" in body["message"]
        assert str(postgres.folder) not in body["message"]
    async with yard.session.get(f"{yard.base}/ada/hello") as answer:
        assert answer.status == 503
        assert "Just a moment" in await answer.text()
    async with yard.session.get(f"{yard.base}/ada/hello.git/info/refs?service=git-upload-pack") as answer:
        assert (answer.status, await answer.text()) == (503, f"{body['message']}\n")
    with pytest.raises(CallFailed) as failed:
        await runner.call("runner.v1.RunnerService/Declare", pb.DeclareRequest(labels=["linux"]), pb.DeclareResponse)
    assert failed.value.code == "unavailable"
    postgres.start()
    async with yard.session.get(f"{yard.base}/api/v1/repos/ada/hello/actions/runs") as answer:
        assert answer.status == 200
