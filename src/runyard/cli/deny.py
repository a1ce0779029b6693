"""`runyard deny`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options


@click.command("deny")
@click.argument("run", type=int)
@repository_options
@click.option("--reason", default="", help="Why, for everybody who sees the run.")
def command(run: int, server: str | None, token: str | None, repository: str | None, reason: str) -> None:
    """Refuse run number RUN, which comes from a fork and waits for approval: it is cancelled."""
    connection = connect(server, token, repository)
    connection.api.post(f"{connection.actions}/runs/{connection.run(run)['id']}/deny", {"reason": reason})
    click.echo(f"Run {run} is denied.")
