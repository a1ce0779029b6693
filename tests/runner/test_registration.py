from __future__ import annotations

import json
from pathlib import Path

import pytest

from runyard.runner.agent.errors import AgentError
from runyard.runner.agent.registration import Registration, load, locked, register, save
from tests.runner.connect_server import connect_server


async def test_register_and_remember(tmp_path: Path) -> None:
    path = tmp_path / ".runner"
    async with connect_server() as server:
        made = await register(f"{server.address}/", "token", name="box", labels=["linux:host", "gpu"])
    save(made, path)
    save(made, path)
    assert load(path) == made
    assert made == Registration(7, "u-1", "box", "s" * 40, server.address, ("linux:host", "gpu"))
    assert made.label_names == ("linux", "gpu")
    assert path.stat().st_mode & 0o777 == 0o600
    content = json.loads(path.read_text())
    assert sorted(content) == ["WARNING", "address", "ephemeral", "id", "labels", "name", "token", "uuid"]


def test_a_file_of_another_runner_is_understood(tmp_path: Path) -> None:
    path = tmp_path / ".runner"
    path.write_text(
        json.dumps({"id": 0, "uuid": "u", "name": "n", "token": "t", "address": "http://x/", "labels": None})
    )
    assert load(path) == Registration(0, "u", "n", "t", "http://x", ())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x"}'])
def test_damaged_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".runner"
    path.write_text(text)
    with pytest.raises(AgentError, match="is damaged"):
        load(path)
    with pytest.raises(AgentError, match="Register the runner first"):
        load(tmp_path / "none")


def test_one_agent_per_file(tmp_path: Path) -> None:
    path = tmp_path / ".runner"
    path.write_text("{}")
    with locked(path), pytest.raises(AgentError, match="Another runner uses"), locked(path):
        pass
    with locked(path):
        pass
