"""`runyard approve`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options


@click.command("approve")
@click.argument("run", type=int)
@repository_options
@click.option("--always", is_flag=True, help="Trust its author from now on: nothing of theirs waits any more.")
def command(run: int, server: str | None, token: str | None, repository: str | None, always: bool) -> None:
    """Let run number RUN, which comes from a fork, begin. Look at its changes first: 'runyard show RUN'."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    seen = found.get("approval") or {}
    connection.api.post(
        f"{connection.actions}/runs/{found['id']}/approve",
        {"always": always, "sha": seen.get("sha", ""), "digest": seen.get("digest", "")},
    )
    trusted = f" {seen['author']} is trusted from now on." if always else ""
    click.echo(f"Run {run} is approved.{trusted} Follow it with 'runyard watch {run}'.")
