"""A running server with a world of runs, and browsers without scripts that look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests.server.pages.browser import Browser
from tests.support.fleet import Yard
from tests.support.world import World


@pytest.fixture
async def world(yard: Yard) -> World:
    """The administrator `ada` and one runner."""
    return await World.on(yard.services)


@pytest.fixture
async def stranger(yard: Yard) -> AsyncIterator[Browser]:
    """A browser that nobody has signed in with."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        yield Browser(session, yard.base)


@pytest.fixture
async def browser(yard: Yard, world: World) -> AsyncIterator[Browser]:
    """A browser in which `ada` is signed in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        made = Browser(session, yard.base)
        await made.sign_in(world.token)
        yield made
