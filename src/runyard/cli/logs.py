"""`runyard logs`: print a log, or follow it."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from runyard.cli import style
from runyard.cli.connection import Connection, connect, repository_options


@click.command("logs")
@click.argument("run", type=int)
@repository_options
@click.option("-j", "--job", help="Only this job: its name or its id in the workflow.")
@click.option("-f", "--follow", is_flag=True, help="Go on printing until the job ends.")
def command(
    run: int, server: str | None, token: str | None, repository: str | None, job: str | None, follow: bool
) -> None:
    """Print the log of run number RUN: every job's, or one job's."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    chosen = [connection.job(found, job)] if job else connection.jobs(found)
    for item in chosen:
        if len(chosen) > 1:
            click.echo(click.style(f"── {item['name']} ", bold=True) + style.dim("─" * max(3, 60 - len(item["name"]))))
        if follow:
            follow_log(connection, item)
        else:
            _print_log(connection, item)


def _print_log(connection: Connection, job: dict[str, Any]) -> None:
    """The raw log, as the server stores it: time and text."""
    for piece in connection.api.text(f"{connection.actions}/jobs/{job['id']}/logs"):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def follow_log(connection: Connection, job: dict[str, Any], prefix: str = "") -> None:
    """Print a job's lines as they come, until its log is complete."""
    for event in connection.api.events(f"{connection.actions}/jobs/{job['id']}/logs/stream"):
        for line in json.loads(event.data):
            shown = style.log_line(line["text"])
            if shown is not None:
                click.echo(prefix + shown)
