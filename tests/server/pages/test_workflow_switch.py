"""The switch of a workflow, in the list of its runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runyard.services.identity import UserIdentity
from runyard.services.workflow_switch import switch_workflow
from runyard.store import users
from tests.server.pages.browser import Browser
from tests.support.people import clone_in
from tests.support.world import World

PATH = ".github/workflows/ci.yml"
ACTIONS = "/ada/shop/actions"
LIST = f"{ACTIONS}?workflow={PATH}"
SOURCE = "name: CI\non: [push, workflow_dispatch]\njobs:\n  a: {runs-on: ubuntu-latest, steps: [{run: a}]}\n"


@pytest.fixture
async def pushed(browser: Browser, world: World, tmp_path: Path) -> None:
    """A repository with one workflow and one run of it."""
    await world.repository("shop")
    clone = clone_in(tmp_path / "clone")
    clone.write({PATH: SOURCE}).commit("Begin")
    await clone.upload(browser.base.replace("http://", f"http://ada:{world.token}@") + "/ada/shop.git")


@pytest.mark.usefixtures("pushed")
async def test_a_workflow_is_switched_off_and_on(browser: Browser, stranger: Browser) -> None:
    for path in (ACTIONS, f"{ACTIONS}?workflow=none.yml"):
        assert "data-switch=" not in (await browser.get(path)).text
    for path in (LIST, f"{ACTIONS}?workflow=ci.yml"):
        assert 'data-switch="on"' in (await browser.get(path)).text
    answer = await browser.submit(LIST, f"{ACTIONS}/disable", workflow=PATH)
    assert (answer.status, answer.location) == (303, f"{ACTIONS}?workflow=.github%2Fworkflows%2Fci.yml")
    page = (await browser.get(LIST)).text
    assert 'data-switch="off"' in page
    assert "ada switched it off" in page
    assert "ci.yml (disabled)" in page
    assert "dispatch?workflow=ci.yml" not in page
    seen = (await stranger.get(LIST)).text
    assert "ci.yml is disabled." in seen
    assert "data-switch-workflow" not in seen
    await browser.submit(LIST, f"{ACTIONS}/enable", workflow=PATH)
    assert 'data-switch="on"' in (await browser.get(LIST)).text
    assert (await browser.submit(LIST, f"{ACTIONS}/disable", workflow="none.yml")).status == 404
    assert (await stranger.submit("/login", f"{ACTIONS}/disable", workflow=PATH)).location.startswith("/login")


@pytest.mark.usefixtures("pushed")
async def test_a_disabled_one_cannot_be_started_or_run_again(browser: Browser, world: World) -> None:
    run = f"{ACTIONS}/runs/1"
    await browser.submit(run, f"{run}/cancel")
    assert "data-rerun-all" in (await browser.get(run)).text
    await browser.submit(LIST, f"{ACTIONS}/disable", workflow=PATH)
    page = (await browser.get(run)).text
    assert "data-workflow-disabled" in page
    assert "data-rerun" not in page
    for refused in (
        await browser.get(f"{run}/rerun"),
        await browser.submit(run, f"{run}/rerun", kind="all"),
        await browser.get(f"{ACTIONS}/dispatch?workflow=ci.yml"),
        await browser.submit(LIST, f"{ACTIONS}/dispatch", workflow="ci.yml", ref="main"),
    ):
        assert (refused.status, 'data-problem="workflow_disabled"' in refused.text) == (403, True)
    assert len((await world.load(1)).attempts) == 1


@pytest.mark.usefixtures("pushed")
async def test_the_switch_is_live(browser: Browser, world: World) -> None:
    live = re.search(r'hx-sse:connect="([^"]+)"', (await browser.get(LIST)).text)
    assert live is not None
    stream = browser.listen(live[1].replace("&amp;", "&"))
    services = world.services
    ada = UserIdentity(await services.database.read(lambda tx: users.get(tx, "ada")))
    await switch_workflow(services, ada, "ada", "shop", PATH, enabled=False)
    shown = await anext(stream)
    assert 'data-switch="off"' in shown.data
    await switch_workflow(services, ada, "ada", "shop", PATH, enabled=True)
    shown = await anext(stream)
    assert 'data-switch="on"' in shown.data
    assert 'id="runs"' not in shown.data
    await stream.aclose()
