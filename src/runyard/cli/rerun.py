"""`runyard rerun`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options
from runyard.cli.errors import CommandError


@click.command("rerun")
@click.argument("run", type=int)
@repository_options
@click.option("--failed", is_flag=True, help="Only the failed and cancelled jobs, and what depends on them.")
@click.option("-j", "--job", help="Only this job (its name), and what depends on it.")
def command(
    run: int, server: str | None, token: str | None, repository: str | None, failed: bool, job: str | None
) -> None:
    """Run the finished run number RUN again, as a new attempt. The other jobs keep their results."""
    if failed and job:
        raise CommandError("Choose one of --failed and --job.")
    connection = connect(server, token, repository)
    found = connection.run(run)
    path = f"{connection.actions}/runs/{found['id']}"
    if job:
        chosen = connection.job(found, job)
        connection.api.post(f"{path}/jobs/{chosen['id']}/rerun")
    else:
        connection.api.post(f"{path}/rerun-failed-jobs" if failed else f"{path}/rerun")
    click.echo(f"Run {run} starts attempt {found['run_attempt'] + 1}. Follow it with 'runyard watch {run}'.")
