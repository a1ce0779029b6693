from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runyard.runner.task import Conclusion, Need
from tests.runner.bench import Bench


def test_a_step_runs_and_its_header_is_shown(bench: Bench) -> None:
    bench.run(
        """
        env: {A: "1"}
        steps:
          - run: |
              echo "hello $A ${{ github.ref_name }}"
              pwd
        """
    )
    assert bench.conclusion == "success"
    rows = bench.recorder.rows
    assert rows[0].startswith("bench (Runyard ")
    assert rows[1] == '##[group]Run echo "hello $A main"'
    assert rows[2] == '\x1b[36;1mecho "hello $A main"\x1b[0m'
    assert rows[4].startswith("shell: /")
    assert rows[4].endswith("bash -e {0}")
    assert rows[5:8] == ["env:", "  A: 1", "##[endgroup]"]
    assert rows[8] == "hello 1 main"
    assert rows[9].startswith(str(bench.root))
    assert rows[9].endswith("/demo")
    assert bench.recorder.titles == ['Run echo "hello $A ${{ github.ref_name }}"']
    assert bench.recorder.steps_done == [(0, "success")]


def test_a_failing_step_fails_the_job_and_skips_the_rest(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - run: exit 3
          - run: echo no
          - run: echo cleanup
            if: failure()
          - run: echo always
            if: always()
        """
    )
    assert bench.conclusion == "failure"
    assert bench.conclusions == ["failure", "skipped", "success", "success"]
    assert bench.output_rows == ["##[error]Process completed with exit code 3.", "cleanup", "always"]
    assert bench.recorder.started == [0, 2, 3]


def test_continue_on_error_keeps_the_outcome(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - id: bad
            run: exit 1
            continue-on-error: ${{ github.ref_name == 'main' }}
          - run: echo ${{ steps.bad.outcome }} ${{ steps.bad.conclusion }} ${{ job.status }}
        """
    )
    assert bench.conclusion == "success"
    assert bench.output_rows[-1] == "failure success success"


def test_values_pass_from_step_to_step_and_to_the_outputs(bench: Bench) -> None:
    bench.run(
        """
        outputs:
          version: ${{ steps.make.outputs.version }}
          empty: ${{ steps.none.outputs.x }}
          leak: ${{ steps.make.outputs.leak }}
        steps:
          - id: make
            run: |
              echo "version=1.2" >> $GITHUB_OUTPUT
              echo "leak=a hunter2" >> $GITHUB_OUTPUT
              printf 'NAME<<EOF\\ntwo\\nlines\\nEOF\\n' >> "$GITHUB_ENV"
              echo "$PWD/bin" >> $GITHUB_PATH
              mkdir bin; printf '#!/bin/sh\\necho tool' > bin/tool; chmod +x bin/tool
              echo "::set-output name=old::yes"
          - run: |
              tool; echo "$NAME"
              echo ${{ steps.make.outputs.version }} ${{ steps.make.outputs.old }} "${{ env.NAME }}"
        """,
        secrets={"S": "hunter2"},
    )
    assert bench.output_rows == [
        "tool",
        "two",
        "lines",
        "1.2 yes two",
        "lines",
        "##[warning]Skip output 'leak' since it may contain secret.",
    ]
    assert bench.recorder.outputs == {"version": "1.2"}
    assert bench.result
    assert dict(bench.result.outputs) == {"version": "1.2"}


def test_environment_of_a_step(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_DAEMON_SECRET", "x")
    monkeypatch.setenv("LC_TIME", "C")
    bench.run(
        """
        env: {A: job, B: job, GITHUB_SHA: mine, CI: "0"}
        steps:
          - run: env | sort > $RUNNER_TEMP/env; cat $RUNNER_TEMP/env; cat $GITHUB_EVENT_PATH
            env: {A: step, C: "${{ env.A }}"}
        """,
        head="env: {A: flow, D: flow}",
        context={"token": "tok-tok-tok"},
    )
    found = dict(row.split("=", 1) for row in bench.output_rows if "=" in row)
    assert {name: found[name] for name in "ABCD"} == {"A": "step", "B": "job", "C": "job", "D": "flow"}
    assert found["GITHUB_SHA"] == "a" * 40
    assert found["CI"] == "0"
    assert found["GITHUB_ACTIONS"] == "true"
    assert found["GITHUB_REPOSITORY"] == "ada/demo"
    assert found["GITHUB_JOB"] == "build"
    assert found["GITHUB_SERVER_URL"] == "http://ci.example"
    assert found["GITHUB_ACTION"] == "__run"
    assert found["RUNNER_OS"] == "Linux"
    assert found["RUNNER_TEMP"].startswith(str(bench.root))
    assert found["LC_TIME"] == "C"
    assert "RUNNER_DAEMON_SECRET" not in found
    assert "GITHUB_TOKEN" not in found
    assert '{"ref": "refs/heads/main", "message": "grüße"}' in bench.output_rows


def test_debug_rows_are_shown_when_they_are_asked_for(bench: Bench) -> None:
    """The switch comes among the secrets, but its value `true` is none."""
    steps = 'steps: [{run: "echo ::debug::looking; echo true ${{ runner.debug }}"}]'
    bench.run(steps)
    assert "##[debug]looking" not in bench.recorder.rows
    bench.run(steps, secrets={"ACTIONS_STEP_DEBUG": "true", "ACTIONS_RUNNER_DEBUG": "true"})
    assert "##[debug]looking" in bench.recorder.rows
    assert "true 1" in bench.recorder.rows


def test_secrets_are_masked_everywhere(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - name: ${{ secrets.KEY }}
            run: |
              echo "key ${{ secrets.KEY }}"
              printf hunter; sleep 0.05; printf '2-secret\\n'
              echo -n hunter2-secret | base64
              echo "::error file=x.py,line=1::hunter2-secret"
              echo "hunter2-secret" >> $GITHUB_STEP_SUMMARY
        """,
        secrets={"KEY": "hunter2-secret"},
    )
    assert "hunter2" not in bench.recorder.text
    assert bench.output_rows == ["key ***", "***", "***", "::error file=x.py,line=1::***"]
    assert bench.recorder.summaries == {0: "***\n"}


def test_mistakes_in_expressions_fail_the_step(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - run: echo ${{ fromJSON('x') }}
            continue-on-error: true
          - run: echo no
            if: fromJSON('x')
          - run: echo no
            working-directory: missing
            if: always()
          - run: echo no
            shell: nosuchshell
            if: always()
        """
    )
    assert bench.conclusions == ["success", "failure", "failure", "failure"]
    assert "Cannot start" in bench.recorder.text
    assert "Invalid shell option" in bench.recorder.text


def test_wrong_environment_file_fails_the_step(bench: Bench) -> None:
    bench.run("steps: [{run: 'echo nonsense >> $GITHUB_ENV; echo NODE_OPTIONS=x >> $GITHUB_OUTPUT'}]")
    assert bench.output_rows == [
        "##[error]Unable to process file command 'env' successfully.",
        "##[error]Invalid format 'nonsense'",
    ]
    assert bench.conclusion == "failure"


def test_shells_defaults_and_directories(bench: Bench) -> None:
    bench.run(
        """
        defaults: {run: {working-directory: sub}}
        steps:
          - run: mkdir sub
            working-directory: .
          - run: import os; print(os.path.basename(os.getcwd()))
            shell: python
          - run: false | true; echo $0 $-
          - run: cat
            shell: bash -c 'cat {0}'
        """,
        head="defaults: {run: {shell: sh}}",
    )
    assert bench.conclusion == "success", bench.recorder.text
    assert bench.output_rows[0] == "sub"
    assert bench.output_rows[2] == "cat"


def test_step_timeout(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - name: slow
            run: sleep 60
            timeout-minutes: 0.002
          - run: echo cleanup
            if: failure()
        """
    )
    assert bench.conclusions == ["failure", "success"]
    assert "##[error]The action 'slow' has timed out after 0.002 minutes." in bench.output_rows
    assert bench.conclusion == "failure"


def test_job_timeout(bench: Bench) -> None:
    bench.run(
        """
        timeout-minutes: 0.004
        steps:
          - run: sleep 60
          - run: echo ${{ job.status }}
            if: cancelled()
          - run: echo no
        """
    )
    assert bench.conclusion == "cancelled"
    assert bench.conclusions == ["cancelled", "success", "skipped"]
    assert "exceeded the maximum execution time of 0.004 minutes" in bench.recorder.text


def cancel_on_ready(bench: Bench) -> None:
    log = bench.recorder.log

    def watch(time_ns: int, text: str) -> None:
        log(time_ns, text)
        if text == "ready":
            threading.Thread(target=bench.cancel.request, args=("enough",)).start()

    bench.recorder.log = watch  # type: ignore[method-assign]


def test_cancel_runs_the_steps_that_want_it(bench: Bench) -> None:
    cancel_on_ready(bench)
    bench.run(
        """
        steps:
          - run: trap '' INT TERM; echo ready; while :; do sleep 60; done
          - run: echo no
          - run: echo always ${{ job.status }}
            if: always()
          - run: echo not-failure
            if: failure()
        """
    )
    assert bench.conclusion == "cancelled"
    assert bench.conclusions == ["cancelled", "skipped", "success", "skipped"]
    assert "always cancelled" in bench.output_rows


def test_cancel_timeout_ends_everything(bench: Bench) -> None:
    cancel_on_ready(bench)
    bench.run(
        """
        cancel-timeout-minutes: 0.002
        steps:
          - run: echo ready; sleep 60
            if: always()
          - run: echo never
            if: always()
        """
    )
    assert bench.conclusions == ["cancelled", "skipped"]
    assert bench.conclusion == "cancelled"


def test_a_job_that_is_cancelled_before_it_starts(bench: Bench) -> None:
    bench.cancel.request("before it began")
    bench.run("steps: [{run: echo no}]")
    assert bench.conclusions == ["skipped"]
    assert bench.conclusion == "cancelled"


@pytest.mark.parametrize(
    ("condition", "result", "conclusion"),
    [
        ("always()", "failure", "success"),
        ("success()", "failure", "skipped"),
        ("success()", "success", "success"),
        ("failure()", "failure", "success"),
        ("needs.a.result == 'failure'", "failure", "skipped"),
        ("needs.a.outputs.x == '1'", "success", "success"),
    ],
)
def test_condition_of_the_job(bench: Bench, condition: str, result: str, conclusion: str) -> None:
    needs = {"a": Need(Conclusion(result), {"x": "1"})}
    bench.run(f"if: {condition}\nsteps: [{{run: 'true'}}]", needs=needs)
    assert bench.conclusion == conclusion
    assert bench.conclusions == [conclusion]


def test_contexts(bench: Bench) -> None:
    bench.run(
        """
        strategy: {matrix: {os: [linux], v: [1.5]}, max-parallel: 2}
        steps:
          - run: >-
              echo "${{ matrix.os }} ${{ matrix.v }} ${{ strategy.max-parallel }} ${{ vars.V }}
              ${{ needs.a.outputs.x }} ${{ inputs.flag == true }} ${{ inputs.n }} ${{ runner.arch != '' }}
              ${{ github.event.message }} ${{ env.NONE }}."
          - run: printf x > a.txt; printf y > b.txt
          - run: echo ${{ hashFiles('*.txt') }} ${{ hashFiles('none') }}.
        """,
        head="",
        variables={"V": "var"},
        needs={"a": Need(Conclusion.SUCCESS, {"x": "1"})},
        context={"inputs": {"flag": True, "n": 3}},
    )
    assert bench.output_rows[0] == "linux 1.5 2 var 1 true 3 true grüße ."
    assert len(bench.output_rows[1]) == 64 + 2


@pytest.mark.parametrize(
    ("job", "text"),
    [
        ("container: node:20\nsteps: [{run: 'true'}]", "asks for the container 'node:20'"),
        ("services: {db: {image: pg}}\nsteps: [{run: 'true'}]", "asks for services (db)"),
        ("timeout-minutes: ${{ github.actor }}\nsteps: [{run: 'true'}]", "timeout-minutes: Unexpected value 'ada'"),
        ("steps: [{run: 'true', uses: x/y@v1}]", "The workflow is not valid."),
    ],
)
def test_jobs_that_cannot_start_say_why(bench: Bench, job: str, text: str) -> None:
    bench.run(job)
    assert bench.conclusion == "failure"
    assert text in bench.recorder.text


def test_empty_container_means_none(bench: Bench) -> None:
    bench.run("container: ${{ '' }}\nsteps: [{run: 'true'}]")
    assert bench.conclusion == "success"


def test_read_only_leftovers_are_removed(bench: Bench) -> None:
    bench.run("steps: [{run: 'mkdir -p a/b; touch a/b/c; chmod 400 a/b/c; chmod 500 a/b a'}]")
    assert bench.conclusion == "success"


def test_background_processes_end_with_the_job(bench: Bench) -> None:
    bench.run("steps: [{run: 'setsid sleep 600 >/dev/null 2>&1 & echo $!'}, {run: echo second}]")
    pid = int(bench.output_rows[0])
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_broken_runner_is_a_failure_with_a_reason(bench: Bench) -> None:
    bench.root.parent.mkdir(exist_ok=True)
    bench.root.mkdir()
    bench.settings = type(bench.settings)(bench.root / "file")
    (bench.root / "file").write_text("not a directory")
    bench.run("steps: [{run: 'true'}]")
    assert bench.conclusion == "failure"
    assert "##[error]The runner failed: NotADirectoryError" in bench.recorder.text
    (bench.root / "file").unlink()


def test_execution_imports_no_network_and_no_event_loop() -> None:
    unwanted = ["asyncio", "aiohttp", "google.protobuf", "msgspec"]
    code = f"import sys, runyard.runner.job; print([name for name in {unwanted} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
