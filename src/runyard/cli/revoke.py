"""`runyard revoke`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options


@click.command("revoke")
@click.argument("run", type=int)
@repository_options
@click.option("--reason", default="", help="Why, for everybody who sees the run.")
def command(run: int, server: str | None, token: str | None, repository: str | None, reason: str) -> None:
    """Take back the approval of run number RUN and the trust in its author: all open runs of the author are stopped."""
    connection = connect(server, token, repository)
    connection.api.post(f"{connection.actions}/runs/{connection.run(run)['id']}/revoke", {"reason": reason})
    click.echo(f"The approval of run {run} is revoked; its author is not trusted.")
