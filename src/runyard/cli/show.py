"""`runyard show`: one run with its jobs and steps."""

from __future__ import annotations

from typing import Any

import click

from runyard.cli import style
from runyard.cli.connection import connect, repository_options


@click.command("show")
@click.argument("run", type=int)
@repository_options
@click.option("--attempt", type=int, help="An earlier attempt [default: the latest].")
@click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
def command(
    run: int, server: str | None, token: str | None, repository: str | None, attempt: int | None, as_json: bool
) -> None:
    """Show run number RUN: its jobs, their steps, and what is wrong with its workflow file."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    at = f"/attempts/{attempt}" if attempt else ""
    found = connection.api.get(f"{connection.actions}/runs/{found['id']}{at}")
    jobs = connection.jobs(found, attempt)
    if as_json:
        import json

        click.echo(json.dumps(found | {"jobs": jobs}, indent=2))
        return
    _print_run(found)
    for job in jobs:
        _print_job(job)
    click.echo(f"\n{found['html_url']}")


def _print_run(run: dict[str, Any]) -> None:
    state = style.state_of(run)
    title = click.style(run["display_title"], bold=True)
    where = run.get("head_branch") or run["head_sha"][:10]
    facts = f"{run['event']} on {where}, {run['path']}, attempt {run['run_attempt']} {style.span(run)}"
    click.echo(f"{style.symbol(state)} {title} #{run['run_number']} {style.word(state)} {style.dim(facts)}")
    for item in run.get("diagnostics") or []:
        place = f"{item['path']}:{item['line']}:{item['column']}"
        click.echo(f"  {click.style(place, bold=True)}: {click.style(item['severity'], fg='red')}: {item['message']}")


def _print_job(job: dict[str, Any]) -> None:
    state = style.state_of(job)
    click.echo(f"\n{style.symbol(state)} {job['name']} {style.word(state)} {style.dim(style.span(job))}")
    waiting = job.get("waiting_reason") or {}
    why = job.get("cause") or (waiting.get("message") if waiting.get("code") != "running" else "")
    if why:
        click.echo(f"    {why}")
    for step in job.get("steps") or []:
        click.echo(f"    {style.symbol(style.state_of(step))} {step['name']} {style.dim(style.span(step))}")
