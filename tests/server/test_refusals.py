"""What can go wrong with a start is told alike by API, command and page: each with a code and a sentence of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner, Result

from runyard.cli.main import group
from runyard.store.repositories import Repository
from tests.server.pages.browser import Browser
from tests.support.fleet import Yard
from tests.support.people import Person, clone_in, person

P = "/repos/ada/hello/actions"
PAGES = "/ada/hello/actions"
SOURCE = """\
on: workflow_dispatch
concurrency: {group: only-one, queue: max}
jobs:
  deploy: {runs-on: linux, steps: [{run: echo}]}
"""
REFUSALS = [
    ("ada", "none.yml", "main", "workflow_not_found", 404, "workflow 'none.yml'"),
    ("ada", "manual.yml", "nowhere", "ref_not_found", 404, "no branch or tag 'nowhere' in ada/hello"),
    ("ada", "off.yml", "main", "workflow_disabled", 403, "off.yml is disabled: enable it"),
    ("bob", "manual.yml", "main", "forbidden", 403, "(bob) may read ada/hello but not change it"),
]


@pytest.fixture
async def people(yard: Yard, repository: Repository, tmp_path: Path) -> dict[str, Person]:
    """The owner and somebody else; two manual workflows, one of which is switched off."""
    ada, bob = await person(yard, "ada"), await person(yard, "bob")
    tree = clone_in(tmp_path / "tree")
    tree.write({f".github/workflows/{name}.yml": SOURCE for name in ("manual", "off")}).commit("title")
    await tree.upload(ada.remote("ada/hello"))
    assert (await ada.call("PUT", f"{P}/workflows/off.yml/disable")).status == 204
    return {"ada": ada, "bob": bob}


async def command(who: Person, *arguments: str) -> Result:
    """Run a command as somebody; it talks to the server over HTTP."""
    options = ["--server", who.yard.base, "--token", who.token, "-R", "ada/hello"]
    return await asyncio.to_thread(CliRunner().invoke, group, [*arguments, *options])


@asynccontextmanager
async def signed_in(who: Person) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        browser = Browser(session, who.yard.base)
        await browser.sign_in(who.token)
        yield browser


@pytest.mark.parametrize(("who", "workflow", "ref", "code", "status", "sentence"), REFUSALS)
async def test_a_refused_start(
    people: dict[str, Person], who: str, workflow: str, ref: str, code: str, status: int, sentence: str
) -> None:
    caller = people[who]
    answer = await caller.post(f"{P}/workflows/{workflow}/dispatches", {"ref": ref})
    assert (answer.status, answer.json["code"]) == (status, code)
    assert sentence in answer.message
    result = await command(caller, "dispatch", workflow, "--ref", ref)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert f"[{code}]" in result.stderr
    async with signed_in(caller) as browser:
        page = await browser.submit(PAGES, f"{PAGES}/dispatch", workflow=workflow, ref=ref)
    assert (page.status, f'data-problem="{code}"' in page.text) == (status, True)
    assert sentence.replace("'", "&#39;") in page.text
    assert (await caller.get(f"{P}/runs")).json["total_count"] == 0


async def test_a_start_that_its_concurrency_group_holds_back(people: dict[str, Person]) -> None:
    ada = people["ada"]
    for _ in range(2):
        assert (await command(ada, "dispatch", "manual.yml")).exit_code == 0
    sentence = "Waiting for the concurrency group 'only-one', which run 1 holds"
    second = (await ada.get(f"{P}/runs?run_number=2")).json["workflow_runs"][0]
    (job,) = (await ada.get(f"{P}/runs/{second['id']}/jobs")).json["jobs"]
    assert (second["status"], job["waiting_reason"]["code"]) == ("pending", "concurrency")
    assert job["waiting_reason"]["message"] == sentence
    assert f"{sentence} [concurrency]" in (await command(ada, "show", "2")).stdout
    async with signed_in(ada) as browser:
        for path in (f"{PAGES}/runs/2", f"{PAGES}/runs/2/jobs/1"):
            page = (await browser.get(path)).text
            assert 'data-reason="concurrency"' in page
            assert sentence.replace("'", "&#39;") in page


def test_no_two_refusals_are_alike() -> None:
    assert len({code for *_, code, _, _ in REFUSALS} | {"concurrency"}) == len(REFUSALS) + 1


async def test_commands_steer_what_pages_steer(people: dict[str, Person]) -> None:
    """Switch, stop one job, look at the plan, run again with debug rows."""
    ada = people["ada"]
    listed = (await command(ada, "workflow", "list")).stdout.splitlines()
    assert [line.split()[:2] for line in listed] == [["manual.yml", "active"], ["off.yml", "disabled"]]
    assert "off.yml is enabled" in (await command(ada, "workflow", "enable", "off.yml")).stdout
    assert (await command(ada, "dispatch", "off.yml")).exit_code == 0
    assert "off.yml is disabled" in (await command(ada, "workflow", "disable", "off.yml")).stdout
    stopped = await command(ada, "cancel", "1", "--job", "deploy", "--force")
    assert stopped.stdout == "Job 'deploy' of run 1 is cancelled.\n"
    refused = await command(ada, "rerun", "1", "--plan")
    assert (refused.exit_code, "[workflow_disabled]" in refused.stderr) == (1, True)
    await command(ada, "workflow", "enable", "off.yml")
    plan = (await command(ada, "rerun", "1", "--failed", "--plan")).stdout
    assert plan == "Attempt 2 of run 1 would be:\n\nRuns again\n  ⊘ deploy\n"
    assert "attempt 2" in (await command(ada, "rerun", "1", "--debug")).stdout
    run = (await ada.get(f"{P}/runs?run_number=1")).json["workflow_runs"][0]
    assert (run["run_attempt"], run["debug"]) == (2, True)


@pytest.mark.parametrize("verb", ["approve", "deny", "revoke"])
async def test_commands_that_decide_say_why_they_cannot(people: dict[str, Person], verb: str) -> None:
    ada = people["ada"]
    await command(ada, "dispatch", "manual.yml")
    refused = await command(ada, verb, "1")
    assert (refused.exit_code, "[never_awaited_approval]" in refused.stderr) == (1, True)
