"""What can be done with a run from its pages: stop one job, run again as planned, decide on a run from a fork."""

from __future__ import annotations

import re

from runyard.kernel import Run, Status
from tests.server.pages.browser import Browser
from tests.support.pages import MATRIX
from tests.support.world import World

RUN = "/ada/shop/actions/runs/1"
TWO = """\
on: push
jobs:
  one: {runs-on: ubuntu-latest, steps: [{run: one}]}
  two: {runs-on: ubuntu-latest, steps: [{run: two}]}
"""


def statuses(run: Run) -> dict[str, Status]:
    return {job.name: job.status for job in run.attempt.jobs.values()}


def planned(page: str) -> dict[str, list[str]]:
    """Names of jobs by what becomes of them."""
    parts = re.findall(r'data-plan="(\w+)">(.*?)</ul>', page, re.DOTALL)
    return {name: re.findall(r'class="clip">([^<]+)<', part) for name, part in parts}


async def test_one_job_is_stopped_from_the_run_and_from_its_own_page(browser: Browser, world: World) -> None:
    run_id = await world.start(await world.repository("shop"), TWO)
    assert (await browser.get(RUN)).text.count("data-cancel-job") == 2
    answer = await browser.submit(RUN, f"{RUN}/jobs/1/cancel", back="run")
    assert (answer.status, answer.location) == (303, RUN)
    assert statuses(await world.load(run_id)) == {"one": Status.CANCELLED, "two": Status.WAITING}
    assert "data-cancel-job" in (await browser.get(f"{RUN}/jobs/2")).text
    answer = await browser.submit(f"{RUN}/jobs/2", f"{RUN}/jobs/2/cancel")
    assert answer.location == f"{RUN}/jobs/2"
    assert (await world.load(run_id)).status is Status.CANCELLED
    assert "data-cancel-job" not in (await browser.get(f"{RUN}/jobs/2")).text
    assert (await browser.submit(RUN, f"{RUN}/jobs/9/cancel")).status == 404


async def test_what_does_not_stop_is_stopped_at_once(browser: Browser, world: World) -> None:
    source = TWO.replace("one: {", "one: {if: always(), ")
    run_id = await world.start(await world.repository("shop"), source)
    assert "data-cancel-now" not in (await browser.get(RUN)).text
    await browser.submit(RUN, f"{RUN}/cancel")
    page = (await browser.get(RUN)).text
    assert "data-cancel-now" in page
    assert re.search(r'name="force" value="1"><button class="button" type="submit"[^>]*data-cancel-now', page)
    assert statuses(await world.load(run_id)) == {"one": Status.WAITING, "two": Status.CANCELLED}
    await browser.submit(RUN, f"{RUN}/cancel", force="1")
    assert (await world.load(run_id)).status is Status.CANCELLED
    assert "asked to stop this run at once" in (await browser.get(RUN)).text


async def test_the_plan_is_shown_and_then_done(browser: Browser, world: World) -> None:
    run_id = await world.start(await world.repository("shop"), MATRIX.split("  publish:")[0])
    await world.finish(run_id, 1)
    for job in (await world.load(run_id)).attempt.jobs.values():
        if not job.status.is_terminal:
            await world.finish(run_id, job.number, Status.FAILURE if "3.12" in job.name else Status.SUCCESS)
    page = (await browser.get(RUN)).text
    assert f'href="{RUN}/rerun?kind=failed"' in page
    assert f'href="{RUN}/rerun"' in page
    others = ["Lint", "test (3.11)", "test (3.13)", "Build the wheel", "Documentation"]
    plan = await browser.get(f"{RUN}/rerun?kind=failed")
    assert (plan.status, planned(plan.text)) == (200, {"execute": ["test (3.12)"], "carry": others})
    assert "as attempt 2" in plan.text
    assert len(planned((await browser.get(f"{RUN}/rerun")).text)["execute"]) == 6
    assert planned((await browser.get(f"{RUN}/rerun?kind=job&job=1")).text)["carry"] == ["Documentation"]
    assert len((await world.load(run_id)).attempts) == 1
    await browser.submit(f"{RUN}/rerun?kind=failed", f"{RUN}/rerun", kind="failed", job="0", debug="1")
    run = await world.load(run_id)
    assert (len(run.attempts), run.attempt.debug) == (2, True)
    assert [job.name for job in run.attempt.jobs.values() if not job.status.is_terminal] == ["test (3.12)"]
    assert "With debug rows" in (await browser.get(RUN)).text


async def test_a_plan_says_why_it_is_refused(browser: Browser, stranger: Browser, world: World) -> None:
    run_id = await world.start(await world.repository("shop"), TWO)
    refused = await browser.get(f"{RUN}/rerun")
    assert refused.status == 409
    assert 'data-problem="run_not_finished"' in refused.text
    assert "wait for its end, or cancel it first" in refused.text
    assert "data-rerun>" not in refused.text
    await browser.submit(RUN, f"{RUN}/cancel")
    assert 'data-problem="job_not_found"' in (await browser.get(f"{RUN}/rerun?kind=job&job=9")).text
    assert (await browser.get(f"{RUN}/rerun?kind=strange")).status == 400
    assert (await stranger.get(f"{RUN}/rerun")).location.startswith("/login")
    assert len((await world.load(run_id)).attempts) == 1


async def test_a_run_from_a_fork_says_who_may_approve_and_who_did(
    browser: Browser, stranger: Browser, world: World
) -> None:
    shop = await world.repository("shop")
    run_id = await world.start(shop, TWO, event="pull_request", author="mallory")
    page = (await stranger.get(RUN)).text
    assert 'data-approval="needed"' in page
    assert "ada or an administrator may approve it" in page
    assert "Waiting until ada or an administrator approves it" in page
    assert "data-approve=" not in page
    assert re.findall(r'data-approve="(\w+)"', (await browser.get(RUN)).text) == ["once", "always", "deny"]
    outdated = await browser.submit(RUN, f"{RUN}/approve", decision="once", sha="b" * 40, digest="")
    assert (outdated.status, 'data-problem="approval_outdated"' in outdated.text) == (409, True)
    await browser.submit(RUN, f"{RUN}/approve", decision="always")
    assert set(statuses(await world.load(run_id)).values()) == {Status.WAITING}
    page = (await browser.get(RUN)).text
    assert re.findall(r'data-approve="(\w+)"', page) == ["revoke"]
    assert "<strong>Approved</strong> by ada" in page
    assert "ada chose to trust mallory" in page
    await browser.submit(RUN, f"{RUN}/approve", decision="revoke")
    page = (await stranger.get(RUN)).text
    assert "<strong>Revoked</strong> by ada" in page
    assert "chose to trust" not in page
    assert (await world.load(run_id)).status is Status.CANCELLED
    assert (await browser.submit(RUN, f"{RUN}/approve", decision="strange")).status == 400


async def test_a_run_from_a_fork_is_denied(browser: Browser, world: World) -> None:
    shop = await world.repository("shop")
    await world.start(shop, TWO, event="pull_request", author="mallory")
    await browser.submit(RUN, f"{RUN}/approve", decision="deny", reason="mines coins")
    page = (await browser.get(RUN)).text
    assert "<strong>Denied</strong> by ada" in page
    assert "mines coins" in page
    assert "data-approve=" not in page
