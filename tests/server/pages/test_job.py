"""The job page: steps with their lines, long logs by chunks, the live log, the raw log."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from runyard.kernel import Status
from tests.server.pages.browser import Browser, Message
from tests.support.world import World

TWO_STEPS = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
      - run: make test
"""
JOB = "/ada/shop/actions/runs/1/jobs/1"
OK, BAD, OPEN = Status.SUCCESS, Status.FAILURE, Status.UNKNOWN


async def started(world: World) -> int:
    """A run whose only job is with the runner."""
    run_id = await world.start(await world.repository("shop"), TWO_STEPS)
    await world.claim(run_id, 1)
    return run_id


def rows(text: str) -> list[str]:
    """The ids of the lines in a page."""
    return re.findall(r'id="(s\d+-l\d+)"', text)


def texts(text: str) -> list[str]:
    """The lines' HTML without their numbers."""
    return re.findall(r"</a><span>(.*?)</span></div>", text)


async def test_a_job_that_waits_says_so(browser: Browser, world: World) -> None:
    await world.start(await world.repository("shop"), TWO_STEPS)
    page = (await browser.get(JOB)).text
    assert "Waiting for a runner with the label ubuntu-latest" in page
    assert "Steps appear here" in page
    assert (await browser.get(JOB.replace("jobs/1", "jobs/2"))).status == 404


async def test_lines_stand_in_their_steps_and_failed_steps_are_open(browser: Browser, world: World) -> None:
    run_id = await started(world)
    await world.write(run_id, 1, ["setting up", "##[group]Run make", "make", "##[endgroup]", "done", "oh", "bye"])
    await world.report(run_id, 1, [(OK, 1, 4), (BAD, 5, 1)], BAD)
    page = (await browser.get(JOB)).text
    assert re.findall(r'data-step="(\d)" data-first="(\d)" data-end="(\d?)" data-status="(\w+)"( open)?', page) == [
        ("0", "0", "1", "success", ""),
        ("1", "1", "5", "success", ""),
        ("2", "5", "6", "failure", " open"),
        ("3", "6", "", "success", ""),
    ]
    assert rows(page) == ["s2-l1"]
    assert "Show 4 lines" in page
    opened = (await browser.get(f"{JOB}?step=1")).text
    assert rows(opened) == ["s1-l1", "s1-l2", "s1-l3", "s1-l4", "s2-l1"]
    assert '<div class="line group" id="s1-l1"' in opened
    assert '<div class="line in" id="s1-l2"' in opened


async def test_hostile_lines_are_text(browser: Browser, world: World) -> None:
    run_id = await started(world)
    hostile = ['<script>alert("x")</script>', "\x1b[31m<img src=x>\x1b[0m", "::error::<b>", "</div></details>\u2028<x>"]
    await world.write(run_id, 1, hostile)
    page = (await browser.get(JOB)).text
    for bad in ("<script>alert", "<img", "<b>", "</div></details>\u2028", "<x>"):
        assert bad not in page
    assert texts(page)[1] == '<span class="f1">&lt;img src=x&gt;</span>'
    stream = browser.listen(f"{JOB}/live?start=0")
    message = await next_lines(stream)
    assert "<script>alert" not in message["html"]
    assert len(rows(message["html"])) == 4


async def test_a_long_log_is_read_by_chunks(browser: Browser, world: World) -> None:
    run_id = await started(world)
    await world.write(run_id, 1, [f"line {number}" for number in range(1201)])
    await world.report(run_id, 1, [(OK, 0, 1201), (OK, 1201, 0)], OK)
    first = (await browser.get(f"{JOB}?step=1")).text
    assert len(rows(first)) == 500
    assert "Later lines" in first
    assert "Earlier lines" not in first
    middle = (await browser.get(f"{JOB}?step=1&chunk=1")).text
    assert rows(middle)[0] == "s1-l501"
    piece = await browser.get(f"{JOB}/lines?step=1&chunk=1")
    assert rows(piece.text) == rows(middle)
    assert "max-age=86400" in piece.headers["Cache-Control"]
    last = await browser.get(f"{JOB}/lines?step=1&chunk=2")
    assert rows(last.text)[-1] == "s1-l1201"
    assert "max-age" not in last.headers["Cache-Control"]
    assert rows((await browser.get(f"{JOB}/lines?step=1&chunk=9")).text) == []
    assert (await browser.get(f"{JOB}/lines?step=9&chunk=0")).status == 404
    for strange in (f"lines?step=1&chunk={10**30}", "lines?step=-1&chunk=0", "lines?step=x&chunk=0", "lines"):
        assert (await browser.get(f"{JOB}/{strange}")).status == 400, strange
    assert (await browser.get(f"/ada/shop/actions/runs/{10**30}")).status == 400


async def test_the_raw_log_is_complete_text(browser: Browser, world: World) -> None:
    run_id = await started(world)
    await world.write(run_id, 1, ["one <1>", "two"])
    answer = await browser.get(f"{JOB}/log")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ci.yml-1-build.log"'
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z (one <1>|two)\n){2}", answer.text)


async def test_the_live_log_brings_every_line_once_and_ends(browser: Browser, world: World) -> None:
    await world.start(await world.repository("shop"), TWO_STEPS)
    run_id = 1
    live = re.search(r'hx-sse:connect="([^"]+)"', (await browser.get(JOB)).text)
    assert live is not None
    stream = browser.listen(live[1].replace("&amp;", "&"))
    await world.claim(run_id, 1)
    await world.write(run_id, 1, ["a", "##[group]g", "b"])
    found: list[str] = []
    while len(found) < 3:
        message = await next_lines(stream)
        found += rows(message["html"])
    assert found == ["s0-l1", "s0-l2", "s0-l3"]
    await stream.aclose()
    await world.report(run_id, 1, [(OPEN, 2, 0)])
    await world.write(run_id, 1, ["c"])
    stream = browser.listen(f"{JOB}/live?start=0", Last_Event_ID="3.1")
    message = await next_lines(stream)
    assert (message["step"], message["total"]) == (1, 4)
    assert '<div class="line in" id="s1-l2"' in message["html"]
    await world.write(run_id, 1, ["d"], no_more=True)
    await world.report(run_id, 1, [(OK, 2, 3), (OK, 5, 0)], OK)
    rest = [message async for message in stream]
    assert [row for message in rest if message.event == "lines" for row in rows(message.data.replace('\\"', '"'))] == [
        "s1-l3"
    ]
    assert rest[-1].event == "end"


async def test_a_client_far_behind_gets_the_newest_lines(browser: Browser, world: World) -> None:
    run_id = await started(world)
    await world.write(run_id, 1, [str(number) for number in range(9000)])
    stream = browser.listen(f"{JOB}/live?start=0")
    message = await next_lines(stream)
    assert rows(message["html"])[0] == "s0-l8001"
    assert message["total"] == 9000
    await stream.aclose()


async def next_lines(stream: AsyncGenerator[Message, None]) -> dict[str, Any]:
    """The data of the next `lines` event."""
    async for message in stream:
        if message.event == "lines":
            data: dict[str, Any] = msgspec.json.decode(message.data)
            return data
    raise AssertionError("the stream has ended")
