"""`runyard watch`: follow a run through its journal. A dropped connection is resumed after the last event seen."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import click

from runyard.cli import style
from runyard.cli.connection import Connection, connect, repository_options
from runyard.cli.printer import Printer


@click.command("watch")
@click.argument("run", type=int)
@repository_options
@click.option("--logs", is_flag=True, help="Print the jobs' log lines, too.")
def command(run: int, server: str | None, token: str | None, repository: str | None, logs: bool) -> None:
    """Follow run number RUN until it ends. The exit status is 0 if it succeeded, else 1."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    click.echo(f"{click.style(found['display_title'], bold=True)} #{run}  {style.dim(found['html_url'])}")
    status = follow(connection, found, logs)
    click.echo(f"{style.symbol(status)} run {style.word(status)}")
    sys.exit(0 if status in ("success", "skipped") else 1)


def follow(connection: Connection, run: dict[str, Any], logs: bool) -> str:
    """Print what happens to the run; return its final status."""
    printer = Printer()
    followers: list[threading.Thread] = []
    for message in connection.api.events(f"{connection.actions}/runs/{run['id']}/events"):
        event = json.loads(message.data)
        printer.show(event)
        if logs and event["type"] == "task_created":
            follower = threading.Thread(target=_follow_log, args=(connection, run, event, printer), daemon=True)
            follower.start()
            followers.append(follower)
    for follower in followers:
        follower.join()
    return printer.status


def _follow_log(connection: Connection, run: dict[str, Any], event: dict[str, Any], printer: Printer) -> None:
    """Print the log of the job that the event `task_created` speaks of."""
    job = next(item for item in connection.jobs(run, event["attempt"]) if item["number"] == event["job"])
    for message in connection.api.events(f"{connection.actions}/jobs/{job['id']}/logs/stream"):
        for line in json.loads(message.data):
            printer.line(event["job"], line["text"])
