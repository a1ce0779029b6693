"""`runyard watch`: follow a run through its journal. A dropped connection is resumed after the last event seen."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from runyard.cli import style
from runyard.cli.connection import Connection, connect, repository_options

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


@click.command("watch")
@click.argument("run", type=int)
@repository_options
def command(run: int, server: str | None, token: str | None, repository: str | None) -> None:
    """Follow run number RUN until it ends. The exit status is 0 if it succeeded, else 1."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    click.echo(f"{click.style(found['display_title'], bold=True)} #{run}  {style.dim(found['html_url'])}")
    status = follow(connection, found)
    sys.exit(0 if status in ("success", "skipped") else 1)


def follow(connection: Connection, run: dict[str, Any]) -> str:
    """Print what happens to the run; return its final status."""
    printer = Printer()
    for event in connection.api.events(f"{connection.actions}/runs/{run['id']}/events"):
        printer.show(json.loads(event.data))
    return printer.status


class Printer:
    """Turns journal events into lines; remembers names and start times."""

    def __init__(self) -> None:
        self.status = "unknown"
        self._attempt = 0
        self._jobs: dict[int, str] = {}
        self._steps: dict[tuple[int, int], str] = {}
        self._started: dict[object, int] = {}

    def show(self, event: dict[str, Any]) -> None:
        """Print one journal event, if it is of interest."""
        handler = getattr(self, "_" + event["type"], None)
        if handler:
            handler(event)

    def _run_created(self, event: dict[str, Any]) -> None:
        for item in event.get("diagnostics") or []:
            click.secho(f"{item['path']}:{item['line']}:{item['column']}: {item['message']}", fg="red")

    def _run_status_changed(self, event: dict[str, Any]) -> None:
        self.status = STATUS[event["status"]]
        if event["status"] in (1, 2, 3, 4):
            click.echo(f"{style.symbol(self.status)} run {style.word(self.status)}")

    def _attempt_created(self, event: dict[str, Any]) -> None:
        self._attempt = event["attempt"]
        self._jobs.clear()
        self._steps.clear()
        if self._attempt > 1:
            click.echo(style.dim(f"attempt {self._attempt}, started by {event['triggered_by']}"))

    def _job_created(self, event: dict[str, Any]) -> None:
        self._jobs[event["job"]] = event["name"]

    def _job_prepared(self, event: dict[str, Any]) -> None:
        self._jobs[event["job"]] = event["name"]

    def _job_status_changed(self, event: dict[str, Any]) -> None:
        status = STATUS[event["status"]]
        if status == "blocked":
            return
        if status == "running":
            self._started[event["job"]] = event["at"]
        cause = f": {event['cause']}" if event.get("cause") else ""
        name, took = self._jobs[event["job"]], self._took(event["job"], event)
        click.echo(f"{style.symbol(status)} {name} {style.word(status)}{cause}{took}")

    def _task_created(self, event: dict[str, Any]) -> None:
        for index, name in enumerate(event["steps"]):
            self._steps[event["job"], index] = name

    def _step_changed(self, event: dict[str, Any]) -> None:
        status = STATUS[event["status"]]
        if status in ("success", "failure", "cancelled"):
            name = self._steps.get((event["job"], event["step"]), f"step {event['step'] + 1}")
            took = style.duration((event.get("stopped", 0) - event.get("started", 0)) / 1000)
            click.echo(f"    {style.symbol(status)} {self._jobs[event['job']]} › {name} {style.dim(took)}")

    def _took(self, key: object, event: dict[str, Any]) -> str:
        if event["status"] in (1, 2, 3) and key in self._started:
            return " " + style.dim(style.duration((event["at"] - self._started.pop(key)) / 1000))
        return ""
