"""`runyard workflow`: the workflow files of a repository, and their switches."""

from __future__ import annotations

from urllib.parse import quote

import click

from runyard.cli import style
from runyard.cli.connection import connect, repository_options


@click.group("workflow")
def command() -> None:
    """List the workflows of a repository, switch them off and on."""


@command.command("list")
@repository_options
@click.option("--json", "as_json", is_flag=True, help="Print the server's JSON.")
def listing(server: str | None, token: str | None, repository: str | None, as_json: bool) -> None:
    """List the workflows of the default branch."""
    connection = connect(server, token, repository)
    found = connection.api.get(f"{connection.actions}/workflows")
    if as_json:
        import json

        click.echo(json.dumps(found, indent=2))
        return
    if not found["workflows"]:
        click.echo(f"{connection.need_repository()} has no workflows on its default branch.")
    for each in found["workflows"]:
        is_off = each["state"] == "disabled_manually"
        state = click.style("disabled  ", fg="yellow") if is_off else "active    "
        click.echo(f"{each['id']:<32} {state}{style.dim(each['name'])}")


@command.command("disable")
@click.argument("workflow")
@repository_options
def disable(workflow: str, server: str | None, token: str | None, repository: str | None) -> None:
    """Switch WORKFLOW (its file name, like ci.yml) off: nothing starts it any more. What runs goes on."""
    _switch(workflow, server, token, repository, "disable")
    click.echo(f"{workflow} is disabled. Switch it on with 'runyard workflow enable {workflow}'.")


@command.command("enable")
@click.argument("workflow")
@repository_options
def enable(workflow: str, server: str | None, token: str | None, repository: str | None) -> None:
    """Switch WORKFLOW on."""
    _switch(workflow, server, token, repository, "enable")
    click.echo(f"{workflow} is enabled.")


def _switch(workflow: str, server: str | None, token: str | None, repository: str | None, verb: str) -> None:
    connection = connect(server, token, repository)
    connection.api.put(f"{connection.actions}/workflows/{quote(workflow, safe='')}/{verb}")
