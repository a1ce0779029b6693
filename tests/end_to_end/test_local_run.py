"""`runyard run` in a working tree, without a server."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.server import WorkingTree, clean_environment, runyard

ECHO = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo {}\n"


def test_success_prints_the_log_and_exits_with_zero(tree: WorkingTree) -> None:
    tree.write({".github/workflows/a.yml": ECHO.format("hi there")}).commit()
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 0, done.stderr
    assert "hi there" in done.stdout
    assert "success" in done.stdout


def test_failure_exits_with_one(tree: WorkingTree) -> None:
    tree.write({".github/workflows/a.yml": ECHO.format("no; exit 7")}).commit()
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 1
    assert "Process completed with exit code 7" in done.stdout


def test_uncommitted_changes_are_included_and_the_tree_is_untouched(tree: WorkingTree) -> None:
    workflow = """on: push
jobs:
  one:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - run: cat a.txt b.txt; git log -1 --format=%s; git status --short; test ! -e ignored
      - run: echo spoilt > a.txt; touch c
"""
    tree.write({".github/workflows/a.yml": workflow, "a.txt": "old\n", ".gitignore": "ignored\n"}).commit("change")
    tree.write({"a.txt": "changed\n", "b.txt": "untracked\n", "ignored": "x"})
    before = tree.git("status", "--porcelain").stdout
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 0, done.stdout
    assert "changed" in done.stdout
    assert "untracked" in done.stdout
    assert "│ change" in done.stdout
    assert "│  M a.txt" in done.stdout
    assert tree.git("status", "--porcelain").stdout == before
    assert (tree.path / "a.txt").read_text() == "changed\n"


def test_inputs_secrets_and_one_job(tree: WorkingTree) -> None:
    workflow = """on:
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [low, high], default: low}
jobs:
  first:
    runs-on: x
    outputs: {word: "${{ steps.s.outputs.word }}"}
    steps:
      - id: s
        run: echo word=passed >> $GITHUB_OUTPUT
  second:
    needs: first
    runs-on: x
    steps:
      - run: |
          echo "${{ inputs.level }} ${{ needs.first.outputs.word }} $KEY"
          echo "# Well done, $KEY" >> $GITHUB_STEP_SUMMARY
        env: {KEY: "${{ secrets.KEY }}"}
  third:
    runs-on: x
    steps:
      - run: exit 1
"""
    tree.write({".github/workflows/a.yml": workflow}).commit()
    done = runyard(
        "run",
        "workflow_dispatch",
        "-W",
        "a.yml",
        "-j",
        "second",
        "--input",
        "level=high",
        "--secret",
        "KEY=hush-hush",
        cwd=tree.path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "high passed ***" in done.stdout
    assert "Summary of second\n\n# Well done, ***" in done.stdout
    assert "hush-hush" not in done.stdout
    assert "third" not in done.stdout
    wrong = runyard("run", "workflow_dispatch", "--input", "level=middle", cwd=tree.path)
    assert wrong.returncode == 1
    assert "level" in wrong.stderr


def test_reusable_workflows_of_the_tree_are_called(tree: WorkingTree) -> None:
    called = "on: {workflow_call: {inputs: {name: {type: string}}, secrets: {key: null}}}\njobs:\n  greet:\n"
    called += "    runs-on: x\n    steps: [{run: 'echo hi ${{ inputs.name }} $GITHUB_EVENT_NAME ${{ secrets.key }}'}]\n"
    caller = "on: push\njobs:\n  call: {uses: ./.github/workflows/b.yml, with: {name: ada}, secrets: {key: shown}}\n"
    tree.write({".github/workflows/a.yml": caller, ".github/workflows/b.yml": called}).commit()
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 0, done.stdout
    assert "hi ada push ***" in done.stdout
    assert "✓ call / greet success" in done.stdout


def test_a_call_that_leads_nowhere_says_why(tree: WorkingTree) -> None:
    caller = "on: push\njobs:\n  a: {uses: ./.github/workflows/none.yml}\n  b: {uses: x/y/.github/workflows/z.yml@v1}\n"
    tree.write({".github/workflows/a.yml": caller}).commit()
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 1
    assert (
        "a.yml:3:13: error: The called workflow './.github/workflows/none.yml' was not found: there is no"
        in done.stdout
    )
    assert "a.yml:4:13: error" in done.stdout
    assert "'runyard run' sees the files of this working tree only" in done.stdout


def test_ctrl_c_runs_always_steps(tree: WorkingTree, tmp_path: Path) -> None:
    workflow = """on: push
jobs:
  one:
    runs-on: x
    steps:
      - run: echo ready; sleep 600
      - if: always()
        run: echo cleaned up
"""
    tree.write({".github/workflows/a.yml": workflow}).commit()
    with subprocess.Popen(
        [sys.executable, "-m", "runyard", "run"],
        cwd=tree.path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line.rstrip().endswith("│ ready"):
                process.send_signal(signal.SIGINT)
        assert process.wait() == 1
    assert any("cleaned up" in line for line in seen), seen
    assert "cancelled" in seen[-2]


def test_syntax_error_names_the_place(tree: WorkingTree) -> None:
    tree.write({".github/workflows/a.yml": "on: push\njobs:\n  one:\n    runs-on: x\n    stepz: []\n"}).commit()
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 1
    assert ".github/workflows/a.yml:5:5" in done.stdout
    assert "Unexpected value 'stepz'" in done.stdout


def test_nothing_to_run_says_what_there_is(tree: WorkingTree, tmp_path: Path) -> None:
    done = runyard("run", cwd=tree.path)
    assert done.returncode == 1
    assert "no workflow file" in done.stderr
    tree.write({".github/workflows/a.yml": ECHO.format("x")}).commit()
    done = runyard("run", "release", cwd=tree.path)
    assert done.returncode == 1
    assert "a.yml: push" in done.stderr
    outside = runyard("run", cwd=tmp_path)
    assert "not in a git working tree" in outside.stderr
