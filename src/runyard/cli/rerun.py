"""`runyard rerun`."""

from __future__ import annotations

from typing import Any

import click

from runyard.cli import style
from runyard.cli.connection import connect, repository_options
from runyard.cli.errors import CommandError

_PARTS = {"execute": "Runs again", "reopen": "Follows its called jobs again", "carry": "Keeps its result"}


@click.command("rerun")
@click.argument("run", type=int)
@repository_options
@click.option("--failed", is_flag=True, help="Only the failed and cancelled jobs, and what depends on them.")
@click.option("-j", "--job", help="Only this job (its name), and what depends on it.")
@click.option("--debug", is_flag=True, help="With debug rows in the logs.")
@click.option("--plan", is_flag=True, help="Only show what would run again, and what would keep its result.")
def command(
    run: int,
    server: str | None,
    token: str | None,
    repository: str | None,
    failed: bool,
    job: str | None,
    debug: bool,
    plan: bool,
) -> None:
    """Run the finished run number RUN again, as a new attempt. The other jobs keep their results."""
    if failed and job:
        raise CommandError("Choose one of --failed and --job.")
    connection = connect(server, token, repository)
    found = connection.run(run)
    path = f"{connection.actions}/runs/{found['id']}"
    chosen = connection.job(found, job)["id"] if job else 0
    if plan:
        kind = "job" if job else "failed" if failed else "all"
        _show(run, connection.api.get(f"{path}/rerun-plan?kind={kind}&job={chosen}"))
        return
    verb = f"jobs/{chosen}/rerun" if job else "rerun-failed-jobs" if failed else "rerun"
    connection.api.post(f"{path}/{verb}", {"enable_debug_logging": debug})
    click.echo(f"Run {run} starts attempt {found['run_attempt'] + 1}. Follow it with 'runyard watch {run}'.")


def _show(run: int, plan: dict[str, Any]) -> None:
    click.echo(f"Attempt {plan['run_attempt']} of run {run} would be:")
    for part, words in _PARTS.items():
        if plan[part]:
            click.echo(f"\n{click.style(words, bold=True)}")
        for job in plan[part]:
            click.echo(f"  {style.symbol(style.state_of(job))} {job['name']}")
