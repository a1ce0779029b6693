"""The same way through the house with PostgreSQL behind it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.postgres import running_postgres
from tests.support.server import Server, WorkingTree, finished, runyard

HELLO = Path(__file__).parents[2] / "examples" / "hello"


def test_push_run_restart_and_rerun(tmp_path: Path, tree: WorkingTree) -> None:
    shutil.copytree(HELLO, tree.path, dirs_exist_ok=True)
    tree.commit("Say hello")
    with (
        running_postgres() as postgres,
        Server(tmp_path / "data", "--database", postgres.url(postgres.create())) as server,
    ):
        assert tree.push(server.remote("admin/hello")).returncode == 0
        run = finished(server.api, "admin/hello", 1)
        assert run["conclusion"] == "success"
        server.kill()
        server.start()
        assert server.api.post(f"/repos/admin/hello/actions/runs/{run['id']}/rerun")["run_attempt"] == 2
        assert finished(server.api, "admin/hello", 1)["conclusion"] == "success"
        shown = runyard("show", "1", "-R", "admin/hello", "--server", server.address, "--token", server.token)
        assert "attempt 2" in shown.stdout
        assert "✓ Report success" in shown.stdout
