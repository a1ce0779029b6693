from __future__ import annotations

import asyncio

import pytest

from runyard.services.hub import Hub, HubClosed


async def test_a_publish_wakes_who_waits_for_that_topic() -> None:
    hub = Hub()
    with hub.subscribe(("run", 1), ("queue",)) as wake:
        waiting = asyncio.create_task(wake.wait(10))
        await asyncio.sleep(0)
        hub.publish(("run", 2))
        assert not waiting.done()
        hub.publish(("run", 1))
        assert await waiting


async def test_a_publish_between_two_waits_is_not_lost_and_many_count_as_one() -> None:
    hub = Hub()
    with hub.subscribe(("queue",)) as wake:
        hub.publish(("queue",))
        hub.publish(("queue",))
        assert await wake.wait(10)
        assert not await wake.wait(0)


async def test_a_publish_before_the_woken_one_has_run_is_not_lost() -> None:
    hub = Hub()
    with hub.subscribe(("queue",)) as wake:
        waiting = asyncio.create_task(wake.wait(10))
        await asyncio.sleep(0)
        hub.publish(("queue",))
        hub.publish(("queue",))
        assert await waiting
        assert await wake.wait(10)


async def test_leaving_ends_the_subscription() -> None:
    hub = Hub()
    with hub.subscribe(("queue",)):
        assert hub.listeners(("queue",)) == 1
    assert hub.listeners(("queue",)) == 0
    hub.publish(("queue",))


async def test_a_stopping_server_ends_every_wait() -> None:
    hub = Hub()
    with hub.subscribe(("queue",)) as wake:
        waiting = asyncio.create_task(wake.wait())
        await asyncio.sleep(0)
        hub.close()
        with pytest.raises(HubClosed):
            await waiting
        with pytest.raises(HubClosed):
            await wake.wait()
