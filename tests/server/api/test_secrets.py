"""Secrets and variables over HTTP, and what jobs get of them."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.services.approve import approve
from runyard.services.keyring import Keyring
from runyard.services.start_run import RunRequest, start_runs
from runyard.store import repositories
from runyard.store.repositories import Repository
from runyard.store.users import User
from tests.support.fleet import ONE_JOB, Yard, load
from tests.support.people import Person

OURS = "/repos/ada/hello/actions"
SECRETS = f"{OURS}/secrets"
VARIABLES = f"{OURS}/variables"


async def test_a_secret_is_written_and_never_read(ada: Person) -> None:
    assert (
        await ada.call("PUT", f"{SECRETS}/deploy_key", {"data": "hunter2", "description": "for the host"})
    ).status == 201
    assert (await ada.call("PUT", f"{SECRETS}/DEPLOY_KEY", {"data": "hunter3"})).status == 204
    listed = await ada.get(SECRETS)
    assert listed.headers["x-total-count"] == "1"
    (shown,) = listed.json
    assert (shown["name"], shown["description"]) == ("DEPLOY_KEY", "for the host")
    assert b"hunter" not in listed.body
    assert (await ada.get(f"{SECRETS}/DEPLOY_KEY")).status == 405
    assert (await ada.call("DELETE", f"{SECRETS}/deploy_key")).status == 204
    assert (await ada.call("DELETE", f"{SECRETS}/deploy_key")).status == 404
    assert (await ada.get(SECRETS)).json == []


@pytest.mark.parametrize("name", ["CI", "_CI", "CI_", "CI123", "FORGEJO", "GITHUB123", "_123_TEST", "my_github_x"])
async def test_names_that_secrets_may_have(ada: Person, name: str) -> None:
    assert (await ada.call("PUT", f"{SECRETS}/{name}", {"data": "x"})).status == 201


@pytest.mark.parametrize("kind", ["secrets", "variables"])
@pytest.mark.parametrize("name", ["github_", "GITHUB_123", "Gitea_X", "FORGEJO_ABC", "123_TEST", "a-b", "a.b", "ä"])
async def test_names_that_are_refused(ada: Person, kind: str, name: str) -> None:
    body = {"data": "x"} if kind == "secrets" else {"value": "x"}
    answer = await ada.call("PUT" if kind == "secrets" else "POST", f"{OURS}/{kind}/{name}", body)
    assert (answer.status, name in answer.message) == (400, True)


async def test_a_variable(ada: Person) -> None:
    assert (await ada.post(f"{VARIABLES}/colour", {"value": "a\r\nb", "description": "of the shed"})).status == 201
    taken = await ada.post(f"{VARIABLES}/COLOUR", {"value": "red"})
    assert (taken.status, taken.message) == (409, "variable name COLOUR already exists")
    shown = (await ada.get(f"{VARIABLES}/Colour")).json
    assert shown["repo_id"] > 0
    assert (shown["owner_id"], shown["name"], shown["data"], shown["description"]) == (
        0,
        "COLOUR",
        "a\nb",
        "of the shed",
    )
    assert (await ada.post(f"{VARIABLES}/other", {"value": "1"})).status == 201
    assert (await ada.call("PUT", f"{VARIABLES}/other", {"value": "2", "name": "colour"})).status == 409
    assert (await ada.call("PUT", f"{VARIABLES}/other", {"value": "2", "name": "third"})).status == 204
    assert [(each["name"], each["data"]) for each in (await ada.get(VARIABLES)).json] == [
        ("COLOUR", "a\nb"),
        ("THIRD", "2"),
    ]
    second = await ada.get(f"{VARIABLES}?page=2&limit=1")
    assert ([each["name"] for each in second.json], second.headers["x-total-count"]) == (["THIRD"], "2")
    assert (await ada.call("PUT", f"{VARIABLES}/other", {"value": "2"})).status == 404
    assert (await ada.post(f"{VARIABLES}/ci", {"value": "2"})).status == 400
    assert (await ada.post(f"{VARIABLES}/long", {"value": "x" * 65537})).status == 400
    assert (await ada.call("DELETE", f"{VARIABLES}/third")).status == 204
    assert (await ada.get(f"{VARIABLES}/third")).status == 404


async def test_who_may(ada: Person, bob: Person, root: Person, nobody: Person) -> None:
    assert [(await each.get(VARIABLES)).status for each in (ada, root, bob, nobody)] == [200, 200, 403, 401]
    assert [(await each.get("/orgs/ada/actions/secrets")).status for each in (ada, root, bob, nobody)] == [
        200, 200, 403, 401
    ]  # fmt: skip
    assert [(await each.get("/user/actions/variables")).status for each in (ada, nobody)] == [200, 401]
    assert [(await each.get("/admin/actions/secrets")).status for each in (root, ada, nobody)] == [200, 403, 401]


async def put_everywhere(ada: Person, root: Person) -> None:
    """Secrets and variables of the server, the owner and the repository; each wins over those before it."""
    places = [(root, "/admin/actions"), (ada, "/user/actions"), (ada, OURS)]
    for number, (who, prefix) in enumerate(places):
        for name in ("WHERE", "ABOVE", "EVERY")[: 3 - number]:
            text = prefix.split("/")[1]
            assert (await who.call("PUT", f"{prefix}/secrets/{name}", {"data": f"secret of {text}"})).status == 201
            assert (await who.post(f"{prefix}/variables/{name}", {"value": f"variable of {text}"})).status == 201


async def test_jobs_get_them_and_the_nearest_wins(
    yard: Yard, repository: Repository, ada: Person, root: Person
) -> None:
    await put_everywhere(ada, root)
    await start(yard, repository)
    task = (await (await yard.runner("linux")).fetch()).task
    given = {name: value for name, value in task.secrets.items() if not name.endswith("_TOKEN")}
    assert given == {"WHERE": "secret of repos", "ABOVE": "secret of user", "EVERY": "secret of admin"}
    assert task.secrets["GITHUB_TOKEN"] == task.secrets["GITEA_TOKEN"] != ""
    assert task.vars == {"WHERE": "variable of repos", "ABOVE": "variable of user", "EVERY": "variable of admin"}


async def test_other_repositories_get_the_owners_only(yard: Yard, repository: Repository, ada: Person) -> None:
    await ada.call("PUT", f"{SECRETS}/OURS", {"data": "ours"})
    assert (await ada.post("/user/repos", {"name": "other"})).status == 201
    assert (await ada.get("/repos/ada/other/actions/secrets")).json == []
    other = await yard.services.database.read(lambda tx: repositories.get(tx, "ada", "other"))
    await start(yard, other)
    assert "OURS" not in (await (await yard.runner("linux")).fetch()).task.secrets


@pytest.mark.parametrize(("event", "given"), [("pull_request", False), ("pull_request_target", True)])
async def test_forks_get_no_secrets(yard: Yard, repository: Repository, ada: Person, event: str, given: bool) -> None:
    await ada.call("PUT", f"{SECRETS}/OURS", {"data": "ours"})
    run_id = await start(yard, repository, event=event, fork=True, author="bob")
    await approve(yard.services, run_id, by="ada")
    assert ("OURS" in (await (await yard.runner("linux")).fetch()).task.secrets) is given


async def test_a_jobs_token_may_not(yard: Yard, repository: Repository) -> None:
    await start(yard, repository)
    job = Person(yard, token=(await (await yard.runner("linux")).fetch()).task.secrets["GITHUB_TOKEN"])
    assert (await job.get(SECRETS)).status == 403
    assert (await job.call("PUT", f"{SECRETS}/A", {"data": "x"})).status == 403


async def test_a_job_whose_secrets_cannot_be_opened_says_so(yard: Yard, repository: Repository, ada: Person) -> None:
    await ada.call("PUT", f"{SECRETS}/OURS", {"data": "ours"})
    yard.services.keyring = Keyring([b"n" * 32])
    run_id = await start(yard, repository)
    assert not (await (await yard.runner("linux")).fetch()).HasField("task")
    (job,) = (await load(yard.services, run_id)).attempt.jobs.values()
    assert "secret 'OURS' was stored with key" in job.cause


async def start(yard: Yard, repository: Repository, **fields: Any) -> int:
    """A run of one job; its id."""
    request = RunRequest(
        workflow=".github/workflows/ci.yml", source=ONE_JOB, title="t", ref="refs/heads/main", sha="a" * 40,
        actor=User(1, "user", "ada", "", False, 0), payload={}, **({"event": "push"} | fields),
    )  # fmt: skip
    return (await start_runs(yard.services, repository, [request]))[0].id
