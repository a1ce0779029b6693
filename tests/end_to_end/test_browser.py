"""A person in a real browser: sign in, watch live, cancel, re-run, read logs; also without scripts and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.server import Server, WorkingTree, finished

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS)) as running,
    ):
        yield running


def signed_in(browser: Browser, server: Server, **options: object) -> tuple[BrowserContext, Page]:
    """A new context with a page that has signed in through the form. Script errors fail the test."""
    context = browser.new_context(base_url=server.address, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto("/login")
    page.get_by_label("Access token").fill(server.token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(server.address + "/")
    return context, page


def gated(gate: Path) -> str:
    """A job that says a line and waits for the gate, and one that needs it."""
    return f"""name: Gated
on: push
jobs:
  first:
    runs-on: ubuntu-latest
    steps:
      - name: Wait at the gate
        run: |
          echo "standing at the gate"
          read -r word < "{gate}"
          echo "the gate said $word"
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - run: echo "## All is well" >> "$GITHUB_STEP_SUMMARY"
"""


def push(server: Server, tree: WorkingTree, name: str, gate: Path) -> str:
    os.mkfifo(gate)
    tree.write({".github/workflows/gated.yml": gated(gate)}).commit("Open the <gate>")
    assert tree.push(server.remote(f"admin/{name}")).returncode == 0
    return f"/admin/{name}/actions/runs/1"


def test_run_is_live_without_a_reload(browser: Browser, server: Server, tree: WorkingTree, tmp_path: Path) -> None:
    run = push(server, tree, "live", tmp_path / "gate")
    context, page = signed_in(browser, server)
    with context:
        page.goto("/")
        page.locator("[data-repositories] a[href='/admin/live']").first.click()
        page.goto("/admin/live/actions")
        page.get_by_role("link", name="Open the <gate>").first.click()
        expect(page.locator("[data-run-status]")).to_have_text("Running")
        page.evaluate("window.notReloaded = true")
        logs = context.new_page()
        logs.goto(f"{run}/jobs/1")
        expect(logs.get_by_text("standing at the gate", exact=True)).to_be_visible()
        (tmp_path / "gate").write_text("welcome\n")
        expect(logs.get_by_text("the gate said welcome", exact=True)).to_be_visible()
        expect(page.locator("[data-run-status]")).to_have_text("Success")
        expect(page.get_by_role("heading", name="All is well")).to_be_visible()
        assert page.evaluate("window.notReloaded") is True


def test_cancel_and_rerun(browser: Browser, server: Server, tree: WorkingTree, tmp_path: Path) -> None:
    run = push(server, tree, "buttons", tmp_path / "gate")
    context, page = signed_in(browser, server)
    with context:
        page.goto(run)
        page.get_by_role("button", name="Cancel run").click()
        expect(page.locator("[data-run-status]")).to_have_text("Cancelled")
        page.get_by_role("link", name="Re-run all").click()
        expect(page.locator("[data-plan=execute] li")).to_have_count(2)
        page.get_by_role("button", name="Re-run").click()
        expect(page.locator("[data-attempts]")).to_contain_text("2 of 2")
        (tmp_path / "gate").write_text("again\n")
        expect(page.locator("[data-run-status]")).to_have_text("Success")
        page.goto(f"{run}/attempts/1")
        expect(page.locator("[data-run-status]")).to_have_text("Cancelled")


def test_everything_is_readable_without_scripts(
    browser: Browser, server: Server, tree: WorkingTree, tmp_path: Path
) -> None:
    run = push(server, tree, "scriptless", tmp_path / "gate")
    (tmp_path / "gate").write_text("quiet\n")
    finished(server.api, "admin/scriptless", 1)
    context, page = signed_in(browser, server, java_script_enabled=False)
    with context:
        page.goto(run)
        expect(page.locator("[data-run-status]")).to_have_text("Success")
        page.goto(f"{run}/jobs/1")
        page.locator("[data-step='1'] summary").click()
        page.locator("[data-step='1']").get_by_role("link", name="Show").click()
        expect(page.get_by_text("the gate said quiet", exact=True)).to_be_visible()
        page.goto(run)
        page.get_by_role("link", name="Re-run all").click()
        page.get_by_role("button", name="Re-run").click()
        (tmp_path / "gate").write_text("again\n")
        finished(server.api, "admin/scriptless", 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone(browser: Browser, server: Server, tree: WorkingTree, tmp_path: Path, scheme: str) -> None:
    run = push(server, tree, f"phone-{scheme}", tmp_path / "gate")
    (tmp_path / "gate").write_text("hi\n")
    finished(server.api, f"admin/phone-{scheme}", 1)
    context, page = signed_in(
        browser, server, viewport={"width": 375, "height": 740}, color_scheme=scheme, has_touch=True
    )
    with context:
        for path in (
            "/",
            f"/admin/phone-{scheme}",
            f"/admin/phone-{scheme}/actions",
            run,
            f"{run}/jobs/1",
            f"{run}/rerun",
        ):
            page.goto(path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 375, f"{path} is {width} px wide"


def test_raw_log_is_downloaded(browser: Browser, server: Server, tree: WorkingTree, tmp_path: Path) -> None:
    run = push(server, tree, "raw", tmp_path / "gate")
    (tmp_path / "gate").write_text("raw\n")
    finished(server.api, "admin/raw", 1)
    context, page = signed_in(browser, server, accept_downloads=True)
    with context:
        page.goto(f"{run}/jobs/1")
        with page.expect_download() as download:
            page.locator("[data-log-download]").click()
        assert "the gate said raw" in download.value.path().read_text()
