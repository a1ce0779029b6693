"""Users and tokens over HTTP."""

from __future__ import annotations

from tests.support.people import Person, person


async def test_users(ada: Person, bob: Person, root: Person, nobody: Person) -> None:
    me = (await ada.get("/user")).json
    assert (me["login"], me["email"], me["is_admin"]) == ("ada", "ada@example.org", False)
    other = (await bob.get("/users/ADA")).json
    assert (other["login"], other["email"], other["id"]) == ("ada", "", me["id"])
    assert (await nobody.get("/users/none")).status == 404
    made = await root.post("/admin/users", {"username": "carl", "email": "carl@example.org"})
    assert (made.status, made.json["login"]) == (201, "carl")
    assert (await root.post("/admin/users", {"username": "Carl"})).status == 409
    assert (await root.post("/admin/users", {"username": "not ok"})).status == 422
    assert (await bob.post("/admin/users", {"username": "dora"})).status == 403
    assert (await nobody.post("/admin/users", {"username": "dora"})).status == 401


async def test_tokens(ada: Person, bob: Person, root: Person, nobody: Person) -> None:
    made = await ada.post("/users/ada/tokens", {"name": "laptop", "scopes": ["read:repository"]})
    assert made.status == 201
    secret = made.json["sha1"]
    assert (made.json["token_last_eight"], made.json["scopes"]) == (secret[-8:], ["read:repository"])
    assert (await Person(ada.yard, None, secret).get("/repos/ada/hello")).status == 200
    listed = (await ada.get("/users/ada/tokens")).json
    assert [(each["name"], each["sha1"]) for each in listed] == [("laptop", ""), ("test", "")] or len(listed) == 2
    assert (await ada.post("/users/ada/tokens", {"name": "laptop"})).status == 422
    assert (await bob.get("/users/ada/tokens")).status == 403
    assert (await nobody.get("/users/ada/tokens")).status == 401
    assert (await root.post("/users/ada/tokens", {"name": "from root"})).status == 201
    assert (await bob.call("DELETE", "/users/ada/tokens/laptop")).status == 403
    assert (await ada.call("DELETE", "/users/ada/tokens/laptop")).status == 204
    assert (await ada.call("DELETE", "/users/ada/tokens/laptop")).status == 404
    assert (await Person(ada.yard, None, secret).get("/repos/ada/hello")).status == 401


async def test_a_limited_token_makes_no_stronger_one(ada: Person) -> None:
    weak = await person(ada.yard, "ada", scopes=("write:user",))
    assert (await weak.post("/users/ada/tokens", {"name": "a"})).status == 403
    assert (await weak.post("/users/ada/tokens", {"name": "a", "scopes": ["all"]})).status == 403
    assert (await weak.post("/users/ada/tokens", {"name": "a", "scopes": ["write:user"]})).status == 201
    assert (await weak.get("/repos/ada/hello")).status == 404
    reader = await person(ada.yard, "ada", scopes=("read:user",))
    assert (await reader.get("/user")).status == 200
    assert (await reader.post("/users/ada/tokens", {"name": "b", "scopes": ["read:user"]})).status == 403
