"""`runyard cancel`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options


@click.command("cancel")
@click.argument("run", type=int)
@repository_options
@click.option("-j", "--job", help="Only this job (its name), with everything that it calls.")
@click.option("--force", is_flag=True, help="Wait for no runner: all that has not ended is cancelled at once.")
def command(
    run: int, server: str | None, token: str | None, repository: str | None, job: str | None, force: bool
) -> None:
    """Cancel run number RUN: waiting jobs at once; running ones are interrupted and run their `always()` steps."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    path = f"jobs/{connection.job(found, job)['id']}" if job else f"runs/{found['id']}"
    connection.api.post(f"{connection.actions}/{path}/{'force-cancel' if force else 'cancel'}")
    what = f"Job '{job}' of run {run}" if job else f"Run {run}"
    if force:
        click.echo(f"{what} is cancelled.")
    else:
        click.echo(f"{what} is being cancelled. Follow it with 'runyard watch {run}'.")
