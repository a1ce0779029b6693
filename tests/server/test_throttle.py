"""Who asks too often is told how long to wait; others do not notice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.protocol.generated import runner_pb2 as pb
from tests.support.fleet import Clock, Yard, services_on, serving

VERSION = "/api/v1/version"
USER = "/api/v1/user"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def yard(tmp_path: Path, clock: Clock) -> AsyncIterator[Yard]:
    async with services_on(tmp_path, clock, requests_per_minute=6) as services, serving(services) as yard:
        yield yard


async def ask(yard: Yard, path: str = VERSION, token: str = "") -> tuple[int, str]:
    """The status and when to ask again."""
    headers = {"Authorization": f"token {token}"} if token else {}
    async with yard.session.get(f"{yard.base}{path}", headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", "")


async def test_a_minute_s_worth_at_once_then_evenly(yard: Yard, clock: Clock) -> None:
    assert [await ask(yard) for _ in range(7)] == [(200, "")] * 6 + [(429, "10")]
    clock.advance(4)
    assert await ask(yard) == (429, "6")
    clock.advance(6)
    assert [await ask(yard), await ask(yard)] == [(200, ""), (429, "10")]
    clock.advance(3600)
    assert [(await ask(yard))[0] for _ in range(7)] == [200] * 6 + [429]


async def test_the_refusal_and_what_is_left(yard: Yard, clock: Clock) -> None:
    async with yard.session.get(f"{yard.base}{VERSION}") as answer:
        seen = {name: answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")}
    assert seen == {"Limit": "6", "Remaining": "5", "Reset": str(clock.now // 1000 + 10)}
    for _ in range(5):
        await ask(yard)
    async with yard.session.get(f"{yard.base}{VERSION}") as answer:
        said = "more than 6 requests in a minute; try again in 10 s"
        assert await answer.json() == {"message": said, "code": "rate_limited", "url": ""}
    async with yard.session.get(f"{yard.base}/ada/hello.git/info/refs?service=git-upload-pack") as answer:
        assert (answer.status, await answer.text()) == (429, f"{said}\n")


async def test_each_token_has_its_own_and_a_wrong_one_costs_the_address(yard: Yard, clock: Clock) -> None:
    token = yard.services.new_token()
    assert [(await ask(yard, USER, f"wrong{number}"))[0] for number in range(7)] == [401] * 6 + [429]
    assert (await ask(yard, VERSION, token))[0] == 429, "the address is used up"
    clock.advance(10)
    assert [(await ask(yard, VERSION, token))[0] for _ in range(7)] == [200] * 6 + [429]
    assert (await ask(yard))[0] == 200


async def test_runners_are_not_counted(yard: Yard) -> None:
    runner = await yard.runner("linux")
    for _ in range(10):
        await runner.call("runner.v1.RunnerService/Declare", pb.DeclareRequest(labels=["linux"]), pb.DeclareResponse)
