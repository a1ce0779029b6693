"""Repositories over HTTP."""

from __future__ import annotations

import pytest

from tests.support.people import Person


async def test_create_and_show(ada: Person, bob: Person, nobody: Person) -> None:
    made = await ada.post("/user/repos", {"name": "secret", "private": True, "description": "quiet"})
    assert made.status == 201
    shown = made.json
    assert (shown["full_name"], shown["private"], shown["visibility"]) == ("ada/secret", True, "private")
    assert (shown["default_branch"], shown["description"], shown["owner"]["login"]) == ("main", "quiet", "ada")
    assert shown["clone_url"].endswith("/ada/secret.git")
    assert ada.yard.services.hosting.exists(shown["id"])
    assert (await ada.get("/repos/ADA/Secret")).json["permissions"] == {"admin": True, "push": True, "pull": True}
    for other in (bob, nobody):
        assert (await other.get("/repos/ada/secret")).status == 404
        assert (await other.get("/repos/ada/hello")).json["permissions"] == {
            "admin": False,
            "push": False,
            "pull": True,
        }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "hello"}, 409),
        ({"name": "HELLO"}, 409),
        ({"name": "../up"}, 422),
        ({"name": "x.git"}, 422),
        ({"name": ""}, 422),
        ({"name": "ok", "default_branch": "-x"}, 422),
        ({"name": "ok", "default_branch": "a..b"}, 422),
    ],
)
async def test_what_cannot_be_created(ada: Person, body: dict[str, str], status: int) -> None:
    answer = await ada.post("/user/repos", body)
    assert (answer.status, bool(answer.message)) == (status, True)


async def test_administrators_create_for_others(root: Person, ada: Person, bob: Person) -> None:
    made = await root.post("/admin/users/bob/repos", {"name": "gift"})
    assert (made.status, made.json["full_name"]) == (201, "bob/gift")
    assert (await ada.post("/admin/users/bob/repos", {"name": "other"})).status == 403
    assert (await root.post("/admin/users/none/repos", {"name": "gift"})).status == 404


async def test_lists_are_paged(ada: Person, bob: Person, nobody: Person) -> None:
    for number in range(4):
        await ada.post("/user/repos", {"name": f"r{number}", "private": number % 2 == 0})
    first = await ada.get("/repos/search?limit=2")
    assert [each["name"] for each in first.json["data"]] == ["r3", "r2"]
    assert f'<{ada.yard.base}/api/v1/repos/search?limit=2&page=2>; rel="next"' in first.headers["Link"]
    last = await ada.get("/repos/search?limit=2&page=3")
    assert [each["name"] for each in last.json["data"]] == ["hello"]
    assert 'rel="next"' not in last.headers["Link"]
    assert 'page=2>; rel="prev"' in last.headers["Link"]
    assert [each["name"] for each in (await nobody.get("/repos/search")).json["data"]] == ["r3", "r1", "hello"]
    assert [each["name"] for each in (await ada.get("/repos/search?q=R2")).json["data"]] == ["r2"]
    assert len((await ada.get("/user/repos")).json) == 5
    assert (await bob.get("/user/repos")).json == []
    assert [each["name"] for each in (await bob.get("/users/ada/repos?per_page=100")).json] == ["r3", "r1", "hello"]
    assert (await nobody.get("/user/repos")).status == 401
