"""What all endpoints share: versions, health, errors, credentials, the description."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest

from runyard.services.token import open_session
from tests.support.fleet import services_on, serving
from tests.support.people import Person, person


async def test_version_and_health(nobody: Person) -> None:
    version = (await nobody.get("/version")).json["version"]
    assert version.startswith("1.27.0+runyard-")
    health = await nobody.get("//healthz")
    assert (health.status, health.json) == (200, {"status": "pass"})


async def test_the_description_names_every_path(nobody: Person) -> None:
    answer = await nobody.get("//api/openapi.json")
    assert answer.status == 200
    paths = answer.json["paths"]
    assert "/api/v1/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs" in paths
    assert "/healthz" in paths
    assert all(path.startswith(("/api/v1/", "/healthz")) for path in paths)
    parameters = {
        each["name"]: each["in"] for each in paths["/api/v1/repos/{owner}/{repo}/actions/runs"]["get"]["parameters"]
    }
    assert parameters["page"] == parameters["limit"] == parameters["head_sha"] == "query"
    assert parameters["owner"] == "path"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("DELETE", "/version", 405),
        ("GET", "/repos/ada/none", 404),
        ("GET", "/repos/ada/hello/actions/runs/9", 404),
        ("GET", "/repos/ada/hello/actions/runs/x", 404),
        ("GET", "/repos/ada/hello/actions/runs?status=odd", 400),
        ("GET", "/repos/ada/hello/actions/runs?page=0", 400),
        ("GET", "/repos/ada/hello/actions/runs?limit=many", 400),
        ("GET", "/user", 401),
        ("POST", "/user/repos", 401),
        ("POST", "/repos/ada/hello/actions/workflows/ci.yml/dispatches", 401),
    ],
)
async def test_errors_are_json(ada: Person, nobody: Person, method: str, path: str, status: int) -> None:
    body = {"name": "x", "ref": "main"} if method == "POST" else None
    answer = await nobody.call(method, path, body)
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.message
    assert answer.json["url"] == f"{nobody.yard.base}/api/openapi.json"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


async def test_bodies_are_checked(ada: Person) -> None:
    missing = await ada.post("/user/repos", {})
    assert (missing.status, "name" in missing.message) == (400, True)
    wrong = await ada.post("/user/repos", {"name": 5})
    assert wrong.status == 400
    large = io.BytesIO(b" " * (5 << 20))
    sent = {"Authorization": f"token {ada.token}", "Content-Type": "application/json"}
    async with ada.yard.session.post(f"{ada.yard.base}/api/v1/user/repos", data=large, headers=sent) as refused:
        assert refused.status == 413


async def test_every_form_of_credentials(ada: Person, nobody: Person) -> None:
    basic = base64.b64encode(f"anything:{ada.token}".encode()).decode()
    for header in (f"token {ada.token}", f"Bearer {ada.token}", f"Basic {basic}", f"bearer {ada.token}"):
        assert (await nobody.get("/user", Authorization=header)).json["login"] == "ada"
    for header in ("token nonsense", "Digest x", "Bearer ", "Basic !"):
        refused = await nobody.get("/version", Authorization=header)
        assert refused.status == 200
        refused = await nobody.get("/repos/ada/hello", Authorization=header)
        assert (refused.status, refused.json["code"]) == (401, "unauthenticated")


async def test_a_session_reads_and_changes_nothing(ada: Person, nobody: Person) -> None:
    secret, _ = await open_session(ada.yard.services, ada.token)
    cookie = {"Cookie": f"runyard_session={secret}"}
    assert (await nobody.get("/user", **cookie)).json["login"] == "ada"
    assert (await nobody.post("/user/repos", {"name": "x"}, **cookie)).status == 401
    assert (await nobody.get("/repos/ada/hello", Cookie="runyard_session=old")).status == 200


async def test_addresses_are_the_configured_ones(tmp_path: Path) -> None:
    """Behind a proxy the server does not see how it is called."""
    async with services_on(tmp_path, url="https://ci.example.org/") as services, serving(services) as yard:
        ada = await person(yard, "ada")
        made = (await ada.post("/user/repos", {"name": "one"})).json
        assert made["clone_url"] == "https://ci.example.org/ada/one.git"
        await ada.post("/user/repos", {"name": "two"})
        listed = await ada.get("/repos/search?limit=1")
        assert "<https://ci.example.org/api/v1/repos/search?limit=1&page=2>" in listed.headers["Link"]
        assert (await ada.get("/nothing")).json["url"] == "https://ci.example.org/api/openapi.json"
