"""`runyard cancel`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options


@click.command("cancel")
@click.argument("run", type=int)
@repository_options
def command(run: int, server: str | None, token: str | None, repository: str | None) -> None:
    """Cancel run number RUN: waiting jobs at once; running ones are interrupted and run their `always()` steps."""
    connection = connect(server, token, repository)
    connection.api.post(f"{connection.actions}/runs/{connection.run(run)['id']}/cancel")
    click.echo(f"Run {run} is being cancelled. Follow it with 'runyard watch {run}'.")
