"""The client commands against a real server, from login to re-run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.server import Server, WorkingTree, finished, runyard

WORKFLOW = """name: CI
on:
  push:
  workflow_dispatch:
    inputs:
      word: {default: nothing}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: echo "the word is ${{ inputs.word }}"
      - run: "[ ! -e fail ]"
        working-directory: /tmp
"""


@pytest.fixture
def environment(server: Server, tmp_path: Path) -> dict[str, str]:
    """A home of its own, logged in."""
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    done = runyard("login", server.address, "--token", server.token, env=env)
    assert done.returncode == 0, done.stderr
    assert "Logged in" in done.stdout
    assert (tmp_path / "config/runyard/login.json").stat().st_mode & 0o777 == 0o600
    return env


def test_from_create_to_rerun(server: Server, tree: WorkingTree, environment: dict[str, str]) -> None:
    made = runyard("repo", "create", "commands", env=environment)
    assert "Created admin/commands" in made.stdout, made.stderr
    assert "admin/commands" in runyard("repo", "list", env=environment).stdout
    tree.write({".github/workflows/ci.yml": WORKFLOW}).commit("First")
    tree.git("remote", "add", "origin", server.remote("admin/commands"))
    assert tree.push("origin").returncode == 0

    def command(*arguments: str) -> str:
        done = runyard(*arguments, cwd=tree.path, env=environment)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    watched = command("watch", "1", "--logs")
    assert "the word is" in watched
    assert "run success" in watched
    assert re.search(r"✓ +1 +First +ci\.yml +push +main", command("runs"))
    shown = command("show", "1")
    assert "✓ test success" in shown
    assert "/admin/commands/actions/runs/1" in shown
    assert "the word is" in command("logs", "1", "-f")
    assert "the word is" in command("logs", "1", "--job", "test")
    started = command("dispatch", "ci.yml", "--input", "word=dispatched")
    assert "Started run 2" in started
    assert "the word is dispatched" in command("watch", "2", "--logs")
    assert "attempt 2" in command("rerun", "1")
    command("watch", "1")
    assert "attempt 2" in command("show", "1")
    assert "attempt 1" in command("show", "1", "--attempt", "1")


def test_cancel(server: Server, tree: WorkingTree, environment: dict[str, str]) -> None:
    workflow = "on: push\njobs:\n  long:\n    runs-on: x\n    steps:\n      - run: sleep 600\n"
    tree.write({".github/workflows/long.yml": workflow.replace("runs-on: x", "runs-on: ubuntu-latest")}).commit()
    assert tree.push(server.remote("admin/cancel")).returncode == 0
    done = runyard("cancel", "1", "-R", "admin/cancel", env=environment)
    assert done.returncode == 0, done.stderr
    assert finished(server.api, "admin/cancel", 1)["conclusion"] == "cancelled"
    again = runyard("cancel", "1", "-R", "admin/cancel", env=environment)
    assert again.returncode == 1
    assert "finished" in again.stderr or "completed" in again.stderr


def test_token_create(server: Server, environment: dict[str, str]) -> None:
    token = runyard("token", "create", "robot", env=environment).stdout.strip()
    assert re.fullmatch("[0-9a-f]{40}", token)
    listing = runyard("repo", "list", "--server", server.address, "--token", token)
    assert listing.returncode == 0, listing.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("runs", "-R", "admin/nowhere"), "nowhere"),
        (("show", "99", "-R", "admin/errors"), "has no run 99"),
        (("rerun", "1", "--failed", "--job", "x", "-R", "admin/errors"), "Choose one"),
        (("dispatch", "none.yml", "-R", "admin/errors"), "no branch or tag 'main'"),
        (("runz",), "Did you mean 'run'"),
    ],
)
def test_errors_are_sentences(
    server: Server, environment: dict[str, str], tree: WorkingTree, arguments: tuple[str, ...], sentence: str
) -> None:
    runyard("repo", "create", "errors", env=environment)
    done = runyard(*arguments, env=environment)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_no_server_known_and_server_away(tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert "No server is known" in runyard("runs", "-R", "a/b", env=env).stderr
    away = runyard("runs", "-R", "a/b", "--server", "http://127.0.0.1:9", env=env)
    assert away.returncode == 1
    assert "does not answer (connection refused)" in away.stderr
