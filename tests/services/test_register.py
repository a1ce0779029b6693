from __future__ import annotations

import pytest

from runyard.protocol.generated import runner_pb2 as pb
from runyard.services.context import Services
from runyard.services.errors import Invalid, NotFound, Unauthenticated
from runyard.services.fleet import Fleet
from runyard.services.register import create_runner, declare, delete_runner, known_runner, register
from runyard.services.runner_token import create_runner_token
from runyard.store import runners
from runyard.store.runners import Runner
from tests.support.fleet import create_repository


async def stored(services: Services, uuid: str) -> Runner | None:
    return await services.database.read(lambda tx: runners.by_uuid(tx, uuid))


async def test_a_runner_takes_the_scope_of_its_token(services: Services) -> None:
    repository = await create_repository(services)
    token = await create_runner_token(services, repository_id=repository.id)
    request = pb.RegisterRequest(
        name="r" * 300, token=token, version="v1", labels=["linux"], ephemeral=True, capabilities=["cancelling"]
    )
    answer = (await register(services, request)).runner
    row = await stored(services, answer.uuid)
    assert row is not None
    assert (row.repository_id, row.owner_id, row.labels, row.capabilities) == (
        repository.id,
        None,
        ("linux",),
        ("cancelling",),
    )
    assert (row.name, row.ephemeral, row.created) == ("r" * 255, True, services.clock())
    assert (answer.id, answer.name, answer.ephemeral, list(answer.labels)) == (row.id, row.name, True, ["linux"])
    assert answer.token not in str(row)


async def test_old_runners_send_their_labels_in_another_field(services: Services) -> None:
    request = pb.RegisterRequest(name="r", token=await create_runner_token(services), agent_labels=["host"])
    answer = (await register(services, request)).runner
    assert list(answer.labels) == ["host"]


@pytest.mark.parametrize(
    ("name", "token", "message"),
    [
        ("", "x", "missing runner token, name"),
        ("r", "", "missing runner token, name"),
        ("r", "x", "runner registration token not found"),
    ],
)
async def test_registering_is_refused_in_known_words(services: Services, name: str, token: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        await register(services, pb.RegisterRequest(name=name, token=token))


async def test_a_replaced_token_says_so(services: Services) -> None:
    old = await create_runner_token(services)
    kept = await create_runner_token(services)
    new = await create_runner_token(services, replace=True)
    for token in (old, kept):
        with pytest.raises(Invalid, match="has been invalidated, please use the latest one"):
            await register(services, pb.RegisterRequest(name="r", token=token))
    await register(services, pb.RegisterRequest(name="r", token=new))
    await register(services, pb.RegisterRequest(name="again", token=new))


async def test_declaring_replaces_labels_and_keeps_capabilities_that_are_not_named(services: Services) -> None:
    row, secret = await create_runner(services, name="r")
    runner = await known_runner(services, row.uuid, secret, active=False)
    await declare(services, runner, pb.DeclareRequest(version="v2", labels=["a"], capabilities=["cancelling"]))
    answer = await declare(services, runner, pb.DeclareRequest(version="v3", labels=["b", "c"]))
    assert (answer.runner.token, answer.runner.version, list(answer.runner.labels)) == ("", "v3", ["b", "c"])
    assert (runner.labels, runner.cancels_gracefully) == (frozenset({"b", "c"}), True)
    services.fleet = Fleet()
    again = await known_runner(services, row.uuid, secret, active=False)
    assert (again.labels, again.cancels_gracefully, again.version) == (frozenset({"b", "c"}), True, "v3")


async def test_only_the_right_secret_opens(services: Services) -> None:
    row, secret = await create_runner(services, name="r")
    for uuid, wrong in ((row.uuid, "x" * 40), (row.uuid, ""), ("", secret), ("nobody", secret)):
        with pytest.raises(Unauthenticated, match=r"^unregistered runner$"):
            await known_runner(services, uuid, wrong, active=False)
    assert (await known_runner(services, row.uuid, secret, active=False)).id == row.id


async def test_a_deleted_runner_is_refused_at_its_next_call(services: Services) -> None:
    row, secret = await create_runner(services, name="r")
    runner = await known_runner(services, row.uuid, secret, active=False)
    await delete_runner(services, row.id)
    with pytest.raises(Unauthenticated):
        await known_runner(services, row.uuid, secret, active=False)
    with pytest.raises(Unauthenticated):
        await declare(services, runner, pb.DeclareRequest(version="v1"))
    with pytest.raises(NotFound):
        await delete_runner(services, row.id)
