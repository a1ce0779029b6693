"""`runyard runs`: the newest runs of a repository."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from runyard.cli import style
from runyard.cli.connection import connect, repository_options


@click.command("runs")
@repository_options
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 50), help="How many.")
@click.option("--status", help="Only runs with this status (success, failure, in_progress, …).")
@click.option("--branch", help="Only runs of this branch.")
@click.option("--event", help="Only runs of this event (push, pull_request, …).")
@click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
def command(
    server: str | None,
    token: str | None,
    repository: str | None,
    limit: int,
    status: str | None,
    branch: str | None,
    event: str | None,
    as_json: bool,
) -> None:
    """List runs, newest first."""
    connection = connect(server, token, repository)
    filters = {"limit": limit, "status": status, "branch": branch, "event": event}
    query = urlencode({name: value for name, value in filters.items() if value})
    listing = connection.api.get(f"{connection.actions}/runs?{query}")
    if as_json:
        import json

        click.echo(json.dumps(listing, indent=2))
        return
    if not listing["workflow_runs"]:
        click.echo(f"{connection.need_repository()} has no such runs yet.")
    for run in listing["workflow_runs"]:
        click.echo(_line(run))


def _line(run: dict[str, Any]) -> str:
    file = run["path"].partition("@")[0].rpartition("/")[2]
    what = f"{file:<20} {run['event']:<12} {run.get('head_branch') or '':<16}"
    when = f"{style.span(run):>9}  {style.age(run.get('created_at') or run.get('started_at'))}"
    sign = style.symbol(style.state_of(run))
    return f"{sign} {run['run_number']:>5}  {run['display_title'][:60]:<60}  {style.dim(f'{what} {when}')}"
