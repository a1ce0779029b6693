"""Secrets and variables from the command line into a job, and never into its log."""

from __future__ import annotations

from tests.support.server import Server, WorkingTree, runyard

WORKFLOW = """on: push
jobs:
  show:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "colour ${{ vars.COLOUR }} of ${{ vars.WHOSE }}"
          echo "secret $KEY has ${#KEY} characters"
        env:
          KEY: ${{ secrets.DEPLOY_KEY }}
"""


def test_from_the_command_line_into_a_job(server: Server, tree: WorkingTree) -> None:
    def command(*arguments: str, stdin: str = "") -> str:
        where = ("--server", server.address, "--token", server.token)
        done = runyard(*arguments, *where, cwd=tree.path, stdin=stdin)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    command("repo", "create", "safe")
    here = ("-R", "admin/safe")
    command("secrets", "set", "deploy_key", *here, stdin="hunter2-hunter2\n")
    command("variables", "set", "WHOSE", "nobody", "--all-repositories")
    command("variables", "set", "WHOSE", "admin", "--owner", "admin")
    command("variables", "set", "COLOUR", "red", *here)
    command("variables", "set", "colour", "blue", *here)
    assert command("variables", "list", *here) == "COLOUR=blue\n"
    assert command("secrets", "list", *here).split()[0] == "DEPLOY_KEY"
    tree.write({".github/workflows/ci.yml": WORKFLOW}).commit("First")
    assert tree.push(server.remote("admin/safe")).returncode == 0
    log = command("watch", "1", "--logs", *here)
    assert "colour blue of admin" in log
    assert "secret *** has 15 characters" in log
    assert "hunter2" not in log
    command("secrets", "delete", "DEPLOY_KEY", *here)
    command("variables", "delete", "colour", *here)
    assert command("secrets", "list", *here) + command("variables", "list", *here) == ""
