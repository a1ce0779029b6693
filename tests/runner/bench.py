"""Runs one job in this process, from workflow text to what a reporter heard."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runyard.runner.cancellation import Cancellation
from runyard.runner.job import execute
from runyard.runner.settings import GracePeriods, RunnerSettings
from runyard.runner.task import Need, Result, Task
from tests.runner.recorder import Recorder

FAST = GracePeriods(interrupt=0.15, terminate=0.15)

CONTEXT = {
    "event_name": "push",
    "repository": "ada/demo",
    "repository_owner": "ada",
    "sha": "a" * 40,
    "ref": "refs/heads/main",
    "ref_name": "main",
    "ref_type": "branch",
    "run_id": "11",
    "run_number": "3",
    "run_attempt": "1",
    "actor": "ada",
    "workflow": "demo",
    "event": {"ref": "refs/heads/main", "message": "grüße"},
}


class Bench:
    """`root` is the work root; `recorder` and `result` belong to the latest job."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings = RunnerSettings(root, name="bench", server_url="http://ci.example", grace=FAST)
        self.recorder = Recorder()
        self.cancel = Cancellation()
        self.result: Result | None = None

    def run(self, job: str, **task: Any) -> str:
        """`job` is the body of a job in YAML; what the job's log says after set-up. Fields of Task by name."""
        body = textwrap.indent(textwrap.dedent(job), "    ")
        head = task.pop("head", "")
        payload = f"name: demo\non: push\n{textwrap.dedent(head)}\njobs:\n  build:\n    runs-on: linux\n{body}"
        return self.run_payload(payload, **task)

    def run_payload(
        self,
        payload: str,
        *,
        context: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        needs: Mapping[str, Need] | None = None,
    ) -> str:
        task = Task(1, payload, {**CONTEXT, **(context or {})}, secrets or {}, needs or {}, variables or {})
        self.result = execute(task, self.recorder, self.settings, self.cancel)
        return self.recorder.text

    @property
    def conclusion(self) -> str:
        assert self.result
        return self.result.conclusion.value

    @property
    def conclusions(self) -> list[str]:
        """Of the steps, in order."""
        return [conclusion for _, conclusion in sorted(self.recorder.steps_done)]

    @property
    def output_rows(self) -> list[str]:
        """The rows outside the headers of steps, without the first row of the job."""
        rows, inside = [], False
        for row in self.recorder.rows[1:]:
            inside = inside or row.startswith("##[group]Run ")
            if not inside:
                rows.append(row)
            inside = inside and row != "##[endgroup]"
        return rows


def quoted(text: str) -> str:
    return json.dumps(text)
