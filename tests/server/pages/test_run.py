"""The run page: graph, jobs, mistakes, summaries, attempts, the buttons, liveness."""

from __future__ import annotations

import re

from runyard.kernel import Diagnostic, Run, Status
from tests.server.pages.browser import Browser
from tests.support.pages import BROKEN, MATRIX
from tests.support.world import World

RUN = "/ada/shop/actions/runs/1"


def number_of(run: Run, name: str) -> int:
    """A job's number."""
    return next(job.number for job in run.attempt.jobs.values() if job.name == name)


async def test_the_page_shows_graph_and_jobs(browser: Browser, world: World) -> None:
    await world.start(await world.repository("shop"), MATRIX, "Round totals")
    page = (await browser.get(RUN)).text
    assert re.findall(r'data-node="(\w+)"', page) == ["lint", "test", "build", "docs", "publish"]
    assert set(re.findall(r'data-edge="([^"]+)"', page)) == {
        "lint>test",
        "lint>build",
        "test>publish",
        "build>publish",
        "docs>publish",
    }
    assert "Waiting for a runner with the label ubuntu-latest" in page
    assert "Waiting for test, build and docs" in page
    assert "data-run-status>Waiting" in page


async def test_an_unusable_workflow_shows_where_and_why(browser: Browser, world: World) -> None:
    mistake = Diagnostic(".github/workflows/ci.yml", 5, 12, "unknown-need", "Job 'build' needs 'tests'.")
    await world.start(await world.repository("shop"), BROKEN, diagnostics=(mistake,))
    page = (await browser.get(RUN)).text
    assert "This workflow cannot run" in page
    assert ".github/workflows/ci.yml:5:12" in page
    assert "Job &#39;build&#39; needs &#39;tests&#39;." in page
    assert re.search(r"is-here.*?needs: tests", page, re.DOTALL)
    assert re.search(r'excerpt-caret" aria-hidden="true"> {11}\^<', page)
    assert "data-rerun-all" not in page


async def test_cancel_and_rerun_buttons_add_what_they_say(browser: Browser, world: World) -> None:
    run_id = await world.start(await world.repository("shop"), MATRIX)
    assert "data-cancel" in (await browser.get(RUN)).text
    answer = await browser.submit(RUN, f"{RUN}/cancel")
    assert (answer.status, answer.location) == (303, RUN)
    page = (await browser.get(RUN)).text
    assert "ada asked to stop this run" in page
    assert "data-run-status>Cancelled" in page
    answer = await browser.submit(RUN, f"{RUN}/rerun", kind="all")
    assert answer.location == RUN
    run = await world.load(run_id)
    assert [attempt.status for attempt in run.attempts] == [Status.CANCELLED, Status.WAITING]
    page = (await browser.get(RUN)).text
    assert "2 of 2" in page
    old = (await browser.get(f"{RUN}/attempts/1")).text
    assert "You are looking at attempt 1" in old
    assert f'href="{RUN}/attempts/1/jobs/1"' in old
    assert "data-cancel" not in old
    refused = await browser.submit(RUN, f"{RUN}/rerun", kind="failed")
    assert refused.status == 409
    assert (await browser.submit(RUN, f"{RUN}/rerun", kind="strange")).status == 400
    assert (await browser.get(f"{RUN}/attempts/3")).status == 404


async def test_one_job_is_run_again_and_the_others_are_carried_over(browser: Browser, world: World) -> None:
    source = MATRIX.split("  publish:")[0]
    run_id = await world.start(await world.repository("shop"), source)
    jobs = {job.name: job.number for job in (await world.load(run_id)).attempt.jobs.values()}
    for name in ("Lint", "Documentation"):
        await world.finish(run_id, jobs[name])
    for job in (await world.load(run_id)).attempt.jobs.values():
        if not job.status.is_terminal:
            await world.finish(run_id, job.number, lines=("same log",))
    page = await browser.get(RUN)
    assert page.text.count("data-rerun-job") == len(jobs)
    assert "data-cancel-job" not in page.text
    await browser.submit(RUN, f"{RUN}/rerun", kind="job", job=str(jobs["Documentation"]))
    assert "Carried over from attempt 1" in (await browser.get(RUN)).text
    carried = (await browser.get(f"{RUN}/jobs/{jobs['Build the wheel']}?step=1")).text
    assert "same log" in carried


async def test_summaries_are_rendered_and_harmless(browser: Browser, world: World) -> None:
    run_id = await world.start(await world.repository("shop"), MATRIX)
    await world.finish(run_id, 1)
    await world.summarise(run_id, 1, "## Report\n\n<script>alert(1)</script>\n\n|a|b|\n|-|-:|\n|1|2|\n")
    page = (await browser.get(RUN)).text
    assert "<h2>Report</h2>" in page
    assert '<td class="align-right">2</td>' in page
    assert "<script>alert" not in page


async def test_the_page_follows_its_run_and_resumes(browser: Browser, world: World) -> None:
    run_id = await world.start(await world.repository("shop"), MATRIX)
    live = re.search(r'hx-sse:connect="([^"]+)"', (await browser.get(RUN)).text)
    assert live is not None
    stream = browser.listen(live[1])
    await world.claim(run_id, 1)
    shown = await anext(stream)
    sequence = (await world.load(run_id)).sequence
    assert shown.id == str(sequence)
    assert 'id="job-1" data-job="1" data-status="running"' in shown.data
    await world.report(run_id, 1, result=Status.FAILURE)
    shown = await anext(stream)
    assert 'data-job="1" data-status="failure"' in shown.data
    assert "run-diagnostics" not in shown.data
    await stream.aclose()
    await world.finish(run_id, number_of(await world.load(run_id), "Documentation"))
    stream = browser.listen(live[1], Last_Event_ID=shown.id)
    assert "run-diagnostics" in (await anext(stream)).data
    await stream.aclose()
