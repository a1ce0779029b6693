"""What users get to see when something is wrong."""

from __future__ import annotations

import html
import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from runyard.cli.api import Api
from runyard.cli.errors import CommandError
from tests.support.server import Server, WorkingTree, clean_environment, runyard

BROKEN = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'unclosed\n"
UNKNOWN_KEY = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    stepz: []\n"
UNKNOWN_TRIGGER = "on: pushed\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n"


@pytest.mark.parametrize(
    ("name", "text", "place", "message"),
    [
        ("broken", BROKEN, "6:", ""),
        ("unknown-key", UNKNOWN_KEY, "5:5", "Unexpected value 'stepz'"),
        ("unknown-trigger", UNKNOWN_TRIGGER, "1:5", "pushed"),
    ],
)
def test_bad_workflow_fails_its_run_and_names_the_place(
    server: Server, tree: WorkingTree, name: str, text: str, place: str, message: str
) -> None:
    repository = f"admin/bad-{name}"
    server.api.post("/user/repos", {"name": f"bad-{name}", "private": False})
    tree.write({".github/workflows/bad.yml": text}).commit()
    assert tree.push(server.remote(repository)).returncode == 0
    run = server.api.get(f"/repos/{repository}/actions/runs?run_number=1")["workflow_runs"][0]
    assert run["conclusion"] == "failure"
    first = run["diagnostics"][0]
    assert f"{first['line']}:{first['column']}".startswith(place)
    assert message in first["message"]
    shown = runyard("show", "1", "-R", repository, "--server", server.address, "--token", server.token)
    assert f".github/workflows/bad.yml:{place}" in shown.stdout
    status, page = server.get(f"/{repository}/actions/runs/1")
    assert status == 200
    assert f"bad.yml:{first['line']}:{first['column']}" in page
    assert first["message"] in html.unescape(page)


def test_push_without_permission_is_refused_with_a_reason(server: Server, tree: WorkingTree) -> None:
    server.api.post("/user/repos", {"name": "guarded", "private": False})
    server.api.post("/admin/users", {"username": "eve", "email": "eve@example.org", "password": "not-used-here"})
    token = server.api.post("/users/eve/tokens", {"name": "push"})["sha1"]
    tree.commit()
    pushed = tree.push(f"http://eve:{token}@127.0.0.1:{server.port}/admin/guarded.git")
    assert pushed.returncode != 0
    assert "403" in pushed.stderr
    assert "eve" in pushed.stderr


@pytest.mark.parametrize(
    "path",
    [
        "/repos/admin/nowhere",
        "/repos/admin/there/actions/runs/999999",
        "/repos/admin/there/actions/jobs/999999",
        "/repos/admin/there/actions/jobs/999999/logs",
        "/repos/admin/there/actions/runs/999999/jobs",
    ],
)
def test_unknown_things_are_404(server: Server, path: str) -> None:
    if not any(item["name"] == "there" for item in server.api.get("/repos/search?limit=50")["data"]):
        server.api.post("/user/repos", {"name": "there"})
    status, text = server.get("/api/v1" + path)
    assert status == 404
    assert json.loads(text)["message"]


def test_wrong_token(server: Server) -> None:
    with pytest.raises(CommandError, match="token"):
        Api(server.address, "0" * 40).get("/user")


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runyard", "serve", *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = serve("--data", str(tmp_path / "data"), "--port", str(port))
    assert done.returncode == 1
    assert f"port {port}" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_locked_data_folder(server: Server) -> None:
    done = serve("--data", str(server.data), "--port", "0")
    assert done.returncode == 1
    assert "another" in done.stderr.lower()
    assert str(server.data) in done.stderr


def test_unwritable_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = serve("--data", str(tmp_path / "file" / "data"), "--port", "0")
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


def test_data_of_a_newer_version(tmp_path: Path) -> None:
    with Server(tmp_path / "data"):
        pass
    database = sqlite3.connect(tmp_path / "data" / "runyard.db")
    database.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.commit()
    database.close()
    done = serve("--data", str(tmp_path / "data"), "--port", "0")
    assert done.returncode == 1
    assert "newer" in done.stderr
    assert "Traceback" not in done.stderr
