"""The list of runs: filters, older pages, liveness."""

from __future__ import annotations

import re

from tests.server.pages.browser import Browser
from tests.support.world import World

HELLO = "on: push\njobs:\n  hello:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hi\n"
RUNS = "/ada/shop/actions"


def listed(text: str) -> list[int]:
    """The numbers of the runs in a list, in order."""
    return [int(number) for number in re.findall(r'data-run="(\d+)"', text)]


async def test_the_list_is_filtered_and_paged_by_keys(browser: Browser, world: World) -> None:
    shop = await world.repository("shop")
    for _ in range(32):
        await world.start(shop, HELLO)
    await world.start(shop, HELLO, workflow="other.yml", ref="refs/heads/side")
    done = await world.start(shop, HELLO, event="workflow_dispatch")
    await world.finish(done, 1)
    first = (await browser.get(RUNS)).text
    assert listed(first) == list(range(34, 4, -1))
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = (await browser.get(older[1].replace("&amp;", "&"))).text
    assert listed(second) == [4, 3, 2, 1]
    assert 'rel="next"' not in second
    assert "hx-sse:connect" not in second
    for query, numbers in {
        "status=success": [34],
        "event=workflow_dispatch": [34],
        "workflow=.github/workflows/other.yml": [33],
        "branch=side": [33],
        "status=success&branch=side": [],
    }.items():
        assert listed((await browser.get(f"{RUNS}?{query}")).text) == numbers, query
    assert "No run matches" in (await browser.get(f"{RUNS}?status=failure")).text
    assert (await browser.get(f"{RUNS}?status=strange")).status == 400


async def test_hostile_titles_are_text(browser: Browser, world: World) -> None:
    shop = await world.repository("shop")
    title = "<script>alert(1)</script>\"'{{7*7}}"
    await world.start(shop, HELLO, title, ref='refs/heads/"><img src=x>')
    for path in (RUNS, "/ada/shop", f"{RUNS}/runs/1", f"{RUNS}/runs/1/jobs/1", "/"):
        text = (await browser.get(path)).text
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "{{7*7}}" in text or path in ("/", f"{RUNS}/runs/1/jobs/1")


async def test_the_list_follows_its_runs(browser: Browser, world: World) -> None:
    shop = await world.repository("shop")
    await world.start(shop, HELLO)
    page = (await browser.get(RUNS)).text
    live = re.search(r'hx-sse:connect="([^"]+)"', page)
    assert live is not None
    stream = browser.listen(live[1].replace("&amp;", "&"))
    await world.start(shop, HELLO)
    shown = await anext(stream)
    assert shown.data.startswith('<hx-partial hx-target="#runs" hx-swap="outerMorph">')
    assert listed(shown.data) == [2, 1]
    await world.claim(2, 1)
    assert 'data-run="2" data-status="running"' in (await anext(stream)).data
    await stream.aclose()
