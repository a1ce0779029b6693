"""Where server, token and repository come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.cli.connection import connect, save_login
from runyard.cli.errors import CommandError
from runyard.cli.pairs import parse_pairs
from tests.support.server import WorkingTree


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("RUNYARD_SERVER", "RUNYARD_TOKEN", "RUNYARD_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_flags_win_over_environment_over_login_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="No server is known"):
        connect(None, None, None)
    save_login("http://saved:1", "saved-token")
    assert connect(None, None, "a/b").api.address == "http://saved:1"
    monkeypatch.setenv("RUNYARD_SERVER", "http://env:2")
    monkeypatch.setenv("RUNYARD_REPOSITORY", "env/repository")
    assert connect(None, None, None).api.address == "http://env:2"
    assert connect(None, None, None).repository == "env/repository"
    assert connect("flag:3", None, "flag/repository").api.address == "http://flag:3"
    assert connect("flag:3", None, "flag/repository").repository == "flag/repository"


def test_repository_comes_from_the_remote_on_this_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = WorkingTree(tmp_path / "tree")
    tree.git("remote", "add", "elsewhere", "https://example.org/x/y.git")
    tree.git("remote", "add", "origin", "http://user@127.0.0.1:3000/ada/engine.git")
    monkeypatch.chdir(tree.path)
    assert connect("http://127.0.0.1:3000", "t", None).repository == "ada/engine"
    with pytest.raises(CommandError, match="Which repository"):
        connect("http://127.0.0.1:3001", "t", None).need_repository()


def test_damaged_login_file(tmp_path: Path) -> None:
    save_login("http://saved:1", "t").write_text("{")
    with pytest.raises(CommandError, match=r"login\.json cannot be read"):
        connect(None, None, None)


def test_pairs() -> None:
    assert parse_pairs(["a=1", "b=x=y", "a=2", "c="], "--input") == {"a": "2", "b": "x=y", "c": ""}
    for bad in ("a", "=1"):
        with pytest.raises(CommandError, match="not of the form NAME=VALUE"):
            parse_pairs([bad], "--input")
