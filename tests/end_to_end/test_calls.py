"""A pushed workflow calls reusable ones: of its own commit, and of another repository."""

from __future__ import annotations

from tests.support.server import Server, WorkingTree, finished, job_log

CALLED = ".github/workflows/build.yml"
BUILD = """
name: Build
on:
  workflow_call:
    inputs:
      target: {type: string, required: true}
      count: {type: number, default: 2}
      deep: {type: boolean}
    outputs:
      file: {value: "${{ jobs.make.outputs.file }}"}
env: {LEVEL: from the called file}
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: {file: "${{ steps.name.outputs.file }}"}
    steps:
      - id: name
        run: |
          echo "file=app-${{ inputs.target }}-${{ inputs.count }}" >> "$GITHUB_OUTPUT"
          echo "event $GITHUB_EVENT_NAME, level $LEVEL, outer '$OUTER', secret '${{ secrets.GITHUB_TOKEN != '' }}'"
  check:
    needs: make
    if: inputs.deep
    runs-on: ubuntu-latest
    steps: [{run: "echo checked ${{ needs.make.outputs.file }}"}]
"""
CALLER = """
name: CI
on: push
env: {OUTER: not for them}
jobs:
  build:
    strategy: {matrix: {target: [linux, mac]}}
    uses: %s
    with: {target: "${{ matrix.target }}", deep: "${{ matrix.target == 'linux' }}"}
  report:
    needs: build
    runs-on: ubuntu-latest
    steps: [{run: "echo made ${{ needs.build.outputs.file }} ${{ needs.build.result }}"}]
"""
UNRELATED = "on: workflow_dispatch\njobs: {other: {runs-on: ubuntu-latest, steps: [{run: exit 1}]}}\n"


def results(server: Server, repository: str, tree: WorkingTree) -> tuple[dict[str, str], dict[str, str]]:
    """Push the tree; the conclusions of the run's jobs, and their logs, by name."""
    pushed = tree.push(server.remote(repository))
    assert pushed.returncode == 0, pushed.stderr
    run = finished(server.api, repository, 1)
    jobs = server.api.get(f"/repos/{repository}/actions/runs/{run['id']}/jobs?limit=50")["jobs"]
    logs = {job["name"]: job_log(server.api, repository, job["id"]) for job in jobs if job["steps"]}
    return {job["name"]: job["conclusion"] for job in jobs}, logs


def test_a_call_in_the_same_repository(server: Server, tree: WorkingTree) -> None:
    tree.write({".github/workflows/ci.yml": CALLER % f"./{CALLED}", CALLED: BUILD}).commit("Call")
    conclusions, logs = results(server, "admin/calls", tree)
    assert conclusions == {
        "build (linux)": "success",
        "build (mac)": "success",
        "report": "success",
        "build (linux) / make": "success",
        "build (linux) / check": "success",
        "build (mac) / make": "success",
        "build (mac) / check": "skipped",
    }
    assert "event push, level from the called file, outer '', secret 'true'" in logs["build (mac) / make"]
    assert "checked app-linux-2" in logs["build (linux) / check"]
    assert "-2 success" in logs["report"]


def test_a_call_of_another_repository(server: Server, tree: WorkingTree) -> None:
    tree.write({CALLED: BUILD}).commit("Offer")
    pushed = tree.push(server.remote("admin/library"), "+HEAD:main", "+HEAD:refs/tags/v1")
    assert pushed.returncode == 0, pushed.stderr
    tree.write({".github/workflows/ci.yml": CALLER % f"admin/library/{CALLED}@v1", CALLED: UNRELATED}).commit("Call")
    conclusions, logs = results(server, "admin/calls-another", tree)
    assert conclusions["build (linux) / check"] == conclusions["report"] == "success"
    assert "made app-" in logs["report"]
