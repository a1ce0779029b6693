"""Repositories: the list, the form, the page of one, and who sees what."""

from __future__ import annotations

from tests.server.pages.browser import Browser
from tests.support.world import World

HELLO = "on: push\njobs:\n  hello:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hi\n"


async def test_creating_a_repository_leads_to_its_page_with_the_first_steps(browser: Browser) -> None:
    answer = await browser.submit("/", "/new", name="shop", description="A <b>shop</b>")
    assert (answer.status, answer.location) == (303, "/ada/shop")
    page = (await browser.get("/ada/shop")).text
    assert "/ada/shop.git</code>" in page
    assert "git push runyard HEAD:main" in page
    assert "A &lt;b&gt;shop&lt;/b&gt;" in page


async def test_a_mistake_comes_back_with_what_was_entered(browser: Browser) -> None:
    await browser.submit("/", "/new", name="shop")
    answer = await browser.submit("/", "/new", name="shop", description='again "quoted"')
    assert answer.status == 409
    assert "The repository ada/shop exists already." in answer.text
    assert 'value="again &#34;quoted&#34;"' in answer.text


async def test_a_private_repository_does_not_exist_for_strangers(
    browser: Browser, stranger: Browser, world: World
) -> None:
    secret = await world.repository("secret", private=True)
    await world.start(secret, HELLO)
    run = "/ada/secret/actions/runs/1"
    for path in ("/ada/secret", "/ada/secret/actions", "/ada/secret/actions/live", run, f"{run}/live", f"{run}/jobs/1"):
        answer = await stranger.get(path)
        assert answer.status == 404, path
        assert "Sign in" in answer.text
    for path in (f"{run}/jobs/1/live", f"{run}/jobs/1/lines?step=0&chunk=0", f"{run}/jobs/1/log"):
        assert (await stranger.get(path)).status == 404, path
    assert "secret" not in (await stranger.get("/")).text
    assert (await stranger.get("/ada")).status == 404
    assert "Private" in (await browser.get("/")).text
    assert (await browser.get(f"{run}/jobs/1")).status == 200


async def test_strangers_read_public_runs_but_steer_nothing(stranger: Browser, world: World) -> None:
    shop = await world.repository("shop")
    await world.start(shop, HELLO)
    page = await stranger.get("/ada/shop/actions/runs/1")
    assert page.status == 200
    assert "data-cancel" not in page.text
    csrf = (await stranger.get("/login")).csrf
    answer = await stranger.post("/ada/shop/actions/runs/1/cancel", {"csrf": csrf})
    assert (answer.status, answer.location) == (303, "/login?next=/")
    assert (await world.load(1)).attempt.abort is None


async def test_an_unknown_address_says_what_to_do(browser: Browser) -> None:
    answer = await browser.get("/ada/shop/nothing/here")
    assert answer.status == 404
    assert "Nothing here" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_the_runners_are_listed_for_administrators(browser: Browser) -> None:
    page = (await browser.get("/runners")).text
    assert 'data-runner="yard-1" data-online="1"' in page
    assert "ubuntu-latest" in page
