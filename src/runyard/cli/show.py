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
@click.option("--actions", is_flag=True, help="With the actions that the jobs made for themselves.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
def command(
    run: int,
    server: str | None,
    token: str | None,
    repository: str | None,
    attempt: int | None,
    actions: bool,
    as_json: bool,
) -> None:
    """Show run number RUN: its jobs, their steps, and what is wrong with its workflow file."""
    connection = connect(server, token, repository)
    found = connection.run(run)
    at = f"/attempts/{attempt}" if attempt else ""
    found = connection.api.get(f"{connection.actions}/runs/{found['id']}{at}")
    jobs = connection.jobs(found, attempt)
    for job in jobs if actions else ():
        job["actions"] = connection.api.get(f"{connection.actions}/jobs/{job['id']}/actions")["actions"]
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
    if run.get("approval"):
        click.echo(f"  {_approval(run['approval'])}")
    if run.get("abort"):
        reason = f": {run['abort']['reason']}" if run["abort"]["reason"] else ""
        click.echo(f"  {run['abort']['by'] or 'The server'} asked to stop it{reason}")
    for item in run.get("diagnostics") or []:
        place = f"{item['path']}:{item['line']}:{item['column']}"
        click.echo(f"  {click.style(place, bold=True)}: {click.style(item['severity'], fg='red')}: {item['message']}")


def _approval(approval: dict[str, Any]) -> str:
    """What was decided on a run from a fork, and by whom."""
    whose = f"It comes from a fork of {approval['author']}" if approval["author"] else "It comes from a fork"
    if approval["state"] == "needed":
        return f"{whose} and waits for approval: 'runyard approve' or 'runyard deny'"
    by = f" by {approval['by']}" if approval["by"] else ""
    return f"{whose}: {approval['state']}{by} {style.age(approval['at'])}"


def _print_job(job: dict[str, Any]) -> None:
    state = style.state_of(job)
    click.echo(f"\n{style.symbol(state)} {job['name']} {style.word(state)} {style.dim(style.span(job))}")
    waiting = job.get("waiting_reason") or {}
    why = job.get("cause") or (waiting.get("message") if waiting.get("code") != "running" else "")
    code = job.get("cause_code") if job.get("cause") else waiting.get("code")
    if why:
        click.echo(f"    {why}{style.dim(f' [{code}]') if code else ''}")
    for step in job.get("steps") or []:
        click.echo(f"    {style.symbol(style.state_of(step))} {step['name']} {style.dim(style.span(step))}")
    depths = {"": 0}
    for action in job.get("actions") or []:
        depth = depths[action["name"]] = depths[action["parent"]] + 1
        title, phase = action["title"] or action["name"], action["phase"].replace("_", " ")
        click.echo(f"    {'  ' * depth}{title} {style.dim(f'{phase} {_took(action)}')}")


def _took(action: dict[str, Any]) -> str:
    return style.span({"started_at": action["started_at"], "completed_at": action["ended_at"]})
