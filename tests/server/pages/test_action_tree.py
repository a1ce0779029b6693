"""What a job made for itself, as a tree on the pages of its run and of the job."""

from __future__ import annotations

import re

from runyard.kernel import Status
from runyard.store.actions import ActionPhase
from tests.server.pages.browser import Browser
from tests.support.world import World

RUN = "/ada/shop/actions/runs/1"
JOB = f"{RUN}/jobs/1"
SOURCE = "on: push\njobs:\n  train: {runs-on: ubuntu-latest, steps: [{run: python train.py}]}\n"


async def begun(world: World) -> int:
    """A running job with nothing of its own yet."""
    run_id = await world.start(await world.repository("shop"), SOURCE)
    await world.claim(run_id, 1)
    await world.report(run_id, 1, [(Status.UNKNOWN, 0, 0)])
    return run_id


def shown(page: str) -> list[tuple[str, str, str]]:
    """Depth, name and phase of each row."""
    return re.findall(r'action-depth-(\d)" data-action="([^"]+)" data-phase="(\w+)"', page)


async def test_a_tree_stands_below_its_job(browser: Browser, world: World) -> None:
    run_id = await begun(world)
    assert 'id="job-actions" hidden' in (await browser.get(JOB)).text
    fit = await world.act(run_id, 1, "fit", task_short_name="Fit <models>", action_group="models")
    await world.act(run_id, 1, "load")
    await world.act(run_id, 1, "fold-1", "fit")
    await world.move(fit, ActionPhase.RUNNING)
    expected = [("0", "fit", "RUNNING"), ("1", "fold-1", "QUEUED"), ("0", "load", "QUEUED")]
    for path in (RUN, JOB):
        page = (await browser.get(path)).text
        assert shown(page) == expected
        assert "Fit &lt;models&gt;" in page
        assert re.search(r'data-action="fit".*?data-since="\d+"', page, re.DOTALL)


async def test_it_is_live_on_both_pages(browser: Browser, world: World) -> None:
    run_id = await begun(world)
    streams = []
    for path in (RUN, JOB):
        live = re.search(r'hx-sse:connect="([^"]+)"', (await browser.get(path)).text)
        assert live is not None
        streams.append(browser.listen(live[1].replace("&amp;", "&")))
    first = await anext(streams[1])
    assert 'id="job-actions" hidden' in first.data
    load = await world.act(run_id, 1, "load")
    for stream in streams:
        assert shown((await anext(stream)).data) == [("0", "load", "QUEUED")]
    await world.move(load, ActionPhase.SUCCEEDED)
    for stream in streams:
        assert shown((await anext(stream)).data) == [("0", "load", "SUCCEEDED")]
        await stream.aclose()


async def test_what_is_left_open_counts_as_aborted_and_is_carried_over(browser: Browser, world: World) -> None:
    run_id = await begun(world)
    await world.act(run_id, 1, "load")
    await world.report(run_id, 1, [(Status.FAILURE, 0, 0)], Status.FAILURE)
    page = (await browser.get(JOB)).text
    assert shown(page) == [("0", "load", "ABORTED")]
    assert "Aborted: its job has ended" in page
    await browser.submit(RUN, f"{RUN}/rerun", kind="all")
    assert shown((await browser.get(JOB)).text) == []
    assert shown((await browser.get(f"{RUN}/attempts/1/jobs/1")).text) == [("0", "load", "ABORTED")]


async def test_a_long_tree_is_cut_on_the_page_of_the_run(browser: Browser, world: World) -> None:
    run_id = await begun(world)
    for number in range(11):
        await world.act(run_id, 1, f"part-{number}")
    page = (await browser.get(RUN)).text
    assert len(shown(page)) == 8
    assert f'href="{JOB}#job-actions">3 more<' in page
    assert len(shown((await browser.get(JOB)).text)) == 11
