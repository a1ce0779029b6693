"""A run's journal as lines in a terminal; the same for a server's run (`watch`) and a local one (`run`)."""

from __future__ import annotations

import sys
import threading
from typing import Any

import click

from runyard.cli import style

STATUS = {
    0: "unknown",
    1: "success",
    2: "failure",
    3: "cancelled",
    4: "skipped",
    5: "waiting",
    6: "running",
    7: "blocked",
    8: "cancelling",
}


class Printer:
    """Prints what happens to a run, in one terminal for all its jobs; safe to call from several threads.

    Remembers names and start times. `width` aligns the names before log lines.
    """

    def __init__(self) -> None:
        self.status = "unknown"
        self._lock = threading.Lock()
        self._jobs: dict[int, str] = {}
        self._steps: dict[tuple[int, int], str] = {}
        self._started: dict[int, int] = {}
        self._folded: set[int] = set()
        self._callers: set[int] = set()
        self._summaries: list[tuple[int, str]] = []

    def show(self, event: dict[str, Any]) -> None:
        """Print one journal event (as JSON decodes it), if it is of interest."""
        handler = getattr(self, "_" + event["type"], None)
        if handler:
            with self._lock:
                handler(event)

    def line(self, job: int, text: str) -> None:
        """Print a log line of a job."""
        with self._lock:
            shown = style.log_line(text)
            if shown is None:
                self._folded.discard(job)
                return
            width = min(24, max(map(len, self._jobs.values()), default=0))
            body = style.dim(shown) if job in self._folded else shown
            click.echo(f"{style.dim(f'{self._jobs[job][:24]:>{width}} │')} {body}")
            if style.opens_group(text):
                self._folded.add(job)

    def summary(self, job: int, markdown: str) -> None:
        """Keep a step summary for `show_summaries`."""
        with self._lock:
            self._summaries.append((job, markdown))

    def show_summaries(self) -> None:
        """Print the summaries, in the order of the jobs."""
        for job, markdown in sorted(self._summaries, key=lambda each: each[0]):
            click.echo(f"\n{click.style(f'Summary of {self._jobs[job]}', bold=True)}\n")
            click.echo(_rendered(markdown) if sys.stdout.isatty() else markdown)

    def _run_created(self, event: dict[str, Any]) -> None:
        for item in event.get("diagnostics") or []:
            place = click.style(f"{item['path']}:{item['line']}:{item['column']}", bold=True)
            click.echo(f"{place}: {click.style(item['severity'], fg='red')}: {item['message']}")

    def _run_status_changed(self, event: dict[str, Any]) -> None:
        self.status = STATUS[event["status"]]

    def _snapshot(self, event: dict[str, Any]) -> None:
        self.status = STATUS[event["status"]]
        self._jobs = {job["job"]: job["name"] for job in event["jobs"]}
        self._callers = {job["job"] for job in event["jobs"] if job["calls"]}

    def _attempt_created(self, event: dict[str, Any]) -> None:
        self._jobs.clear()
        self._callers.clear()
        self._steps.clear()
        if event["attempt"] > 1:
            click.echo(style.dim(f"attempt {event['attempt']}, started by {event['triggered_by']}"))

    def _job_created(self, event: dict[str, Any]) -> None:
        self._jobs[event["job"]] = event["name"]
        if event.get("calls"):
            self._callers.add(event["job"])

    def _job_prepared(self, event: dict[str, Any]) -> None:
        self._jobs[event["job"]] = event["name"]

    def _job_status_changed(self, event: dict[str, Any]) -> None:
        status = STATUS[event["status"]]
        if status in ("blocked", "waiting"):
            return
        if status == "running":
            if event["job"] in self._callers:
                self._started.setdefault(event["job"], event["at"])
                return
            self._started[event["job"]] = event["at"]
        cause = f": {event['cause']}" if event.get("cause") else ""
        name, took = click.style(self._jobs[event["job"]], bold=True), self._took(event)
        click.echo(f"{style.symbol(status)} {name} {style.word(status)}{cause}{took}")

    def _concurrency_requested(self, event: dict[str, Any]) -> None:
        who = click.style(self._jobs[event["job"]] if event.get("job") else "The run", bold=True)
        click.echo(f"{style.symbol('blocked')} {who} joins the concurrency group '{event['group']}'")

    def _retry_scheduled(self, event: dict[str, Any]) -> None:
        name = click.style(self._jobs[event["job"]], bold=True)
        pause = style.duration((event["retry_at"] - event["at"]) / 1000)
        click.echo(f"{style.symbol('blocked')} {name} has lost its runner and is given out again in {pause}")

    def _approval_requested(self, event: dict[str, Any]) -> None:
        click.echo(f"{style.symbol('blocked')} The run comes from a fork and waits for approval")

    def _task_created(self, event: dict[str, Any]) -> None:
        for index, name in enumerate(event["steps"]):
            self._steps[event["job"], index] = name

    def _step_changed(self, event: dict[str, Any]) -> None:
        status = STATUS[event["status"]]
        if status in ("success", "failure", "cancelled"):
            name = self._steps.get((event["job"], event["step"]), f"step {event['step'] + 1}")
            took = style.duration((event.get("stopped", 0) - event.get("started", 0)) / 1000)
            click.echo(f"  {style.symbol(status)} {self._jobs[event['job']]} › {name} {style.dim(took)}")

    def _took(self, event: dict[str, Any]) -> str:
        if event["status"] in (1, 2, 3) and event["job"] in self._started:
            return " " + style.dim(style.duration((event["at"] - self._started.pop(event["job"])) / 1000))
        return ""


def _rendered(markdown: str) -> str:
    """Markdown as a terminal shows it best."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    with console.capture() as capture:
        console.print(Markdown(markdown))
    return capture.get()
