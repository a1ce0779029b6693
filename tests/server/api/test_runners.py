"""Runners over HTTP."""

from __future__ import annotations

import asyncio

from runyard.protocol.generated import runner_pb2 as pb
from runyard.services.waiting import Waiter
from tests.support.fleet import Yard
from tests.support.people import Person

SERVER = "/admin/actions/runners"
OURS = "/repos/ada/hello/actions/runners"


async def register(yard: Yard, token: str, name: str) -> int:
    """Register a runner with a token; its id."""
    request = pb.RegisterRequest(name=name, token=token, labels=["linux", "big"], version="v1")
    answer = await yard.client().call("runner.v1.RunnerService/Register", request, pb.RegisterResponse)
    return answer.runner.id


async def test_registration_tokens_and_scopes(yard: Yard, ada: Person, root: Person) -> None:
    server_token = (await root.post(f"{SERVER}/registration-token")).json["token"]
    our_token = (await ada.get(f"{OURS}/registration-token")).json["token"]
    shared = await register(yard, server_token, "shared")
    ours = await register(yard, our_token, "ours")
    listed = (await root.get(SERVER)).json
    assert ([each["name"] for each in listed["runners"]], listed["total_count"]) == (["shared"], 1)
    (shown,) = (await ada.get(OURS)).json["runners"]
    assert (shown["id"], shown["name"], shown["busy"], shown["ephemeral"]) == (ours, "ours", False, False)
    assert [(label["id"], label["name"], label["type"]) for label in shown["labels"]] == [
        (0, "linux", "custom"),
        (1, "big", "custom"),
    ]
    assert (await ada.get(f"{OURS}/{ours}")).json == shown
    assert (await ada.get(f"{OURS}/{shared}")).status == 404
    assert (await root.get(f"{SERVER}/{ours}")).status == 404
    assert (await ada.call("DELETE", f"{OURS}/{shared}")).status == 404
    assert (await ada.call("DELETE", f"{OURS}/{ours}")).status == 204
    assert (await root.call("DELETE", f"{SERVER}/{shared}")).status == 204
    assert (await root.get(SERVER)).json == {"runners": [], "total_count": 0}


async def test_a_runner_that_waits_is_online(yard: Yard, root: Person) -> None:
    runner = await yard.runner("linux")
    fetching = asyncio.create_task(runner.fetch(hold=20))
    while not waiting(yard):  # noqa: ASYNC110
        await asyncio.sleep(0)
    (shown,) = (await root.get(SERVER)).json["runners"]
    assert (shown["status"], shown["busy"]) == ("online", False)
    fetching.cancel()
    await asyncio.gather(fetching, return_exceptions=True)


def waiting(yard: Yard) -> list[Waiter]:
    """Runners with an open fetch."""
    return list(yard.services.waiting.everybody())


async def test_who_may_manage_runners(yard: Yard, ada: Person, bob: Person, nobody: Person) -> None:
    assert (await nobody.get(OURS)).status == 401
    assert (await bob.get(OURS)).status == 403
    assert (await bob.post(f"{OURS}/registration-token")).status == 403
    assert (await ada.get(SERVER)).status == 403
    assert (await nobody.get(f"{SERVER}/registration-token")).status == 401
