"""The front: which part answers, and that background work goes on when it fails."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runyard.server import app
from runyard.services.context import Services
from tests.support.fleet import Yard, services_on


async def test_each_path_finds_its_part(yard: Yard) -> None:
    async with yard.session.post(f"{yard.base}/api/actions/nobody/Knows") as answer:
        assert (answer.status, await answer.text()) == (404, "404 page not found\n")
    async with yard.session.get(f"{yard.base}/ada/hello.git/info/refs?service=git-upload-pack") as answer:
        assert answer.status in (401, 404)
        assert "text/plain" in answer.headers["Content-Type"]
    async with yard.session.get(f"{yard.base}/api/v1/version") as answer:
        assert answer.status == 200


async def test_background_work_that_fails_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app, "RESTART_SECONDS", 0)
    again = asyncio.Event()
    starts = 0

    async def fragile(_: Services) -> None:
        nonlocal starts
        starts += 1
        if starts == 1:
            raise ValueError("the disk is full")
        again.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(app, "run_dispatcher", fragile)
    async with services_on(tmp_path) as services:
        background = app.Background(services)
        await background.start()
        await asyncio.wait_for(again.wait(), 10)
        await background.stop()
    assert "fragile failed and starts again" in caplog.text
    assert "the disk is full" in caplog.text
