"""Signing in and out, and forms that only the visitor's own pages can send."""

from __future__ import annotations

import pytest

from runyard.server.pages.session import local_path
from tests.server.pages.browser import Browser
from tests.support.world import World


async def test_signing_in_opens_a_session_and_signing_out_ends_it(stranger: Browser, world: World) -> None:
    assert "Sign in" in (await stranger.get("/")).text
    answer = await stranger.sign_in(world.token)
    assert (answer.status, answer.location) == (303, "/")
    cookie = next(
        value for name, value in answer.headers.items() if name.lower() == "set-cookie" and "session" in value
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert world.token not in cookie
    home = await stranger.get("/")
    assert "Signed in as" in home.text
    held = {cookie.key: cookie.value for cookie in stranger.session.cookie_jar}
    assert (await stranger.post("/logout", {"csrf": home.csrf})).location == "/login"
    stranger.session.cookie_jar.update_cookies({"runyard_session": held["runyard_session"]})
    assert "Signed in as" not in (await stranger.get("/")).text


async def test_a_wrong_token_is_refused_with_a_sentence(stranger: Browser, world: World) -> None:
    answer = await stranger.sign_in("f" * 40)
    assert answer.status == 401
    assert "The token is unknown" in answer.text
    assert "f" * 40 not in answer.text


async def test_who_must_sign_in_comes_back_to_the_page_that_was_wanted(stranger: Browser, world: World) -> None:
    answer = await stranger.get("/runners")
    assert (answer.status, answer.location) == (303, "/login?next=/runners")
    form = await stranger.get(answer.location)
    assert 'name="next" value="/runners"' in form.text
    answer = await stranger.post("/login", {"csrf": form.csrf, "token": world.token, "next": "/runners"})
    assert answer.location == "/runners"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:alert(1)", ""])
def test_signing_in_leads_nowhere_else(wanted: str) -> None:
    assert local_path(wanted) == "/"


async def test_a_form_without_the_token_of_its_session_is_refused(
    browser: Browser, stranger: Browser, world: World
) -> None:
    foreign = (await stranger.get("/login")).csrf
    for csrf in ("", "0" * 64, foreign, "é"):
        answer = await browser.post("/new", {"csrf": csrf, "name": "stolen"})
        assert answer.status == 403, csrf
        assert "does not belong to your present session" in answer.text
    assert (await browser.get("/ada/stolen")).status == 404
    assert (await stranger.post("/login", {"token": world.token})).status == 403


async def test_every_page_has_strict_headers(browser: Browser) -> None:
    for path in ("/", "/login", "/nobody/nothing", "/static/nothing.js"):
        headers = (await browser.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
