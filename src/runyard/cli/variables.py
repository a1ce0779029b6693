"""`runyard variables`."""

from __future__ import annotations

import click

from runyard.cli.connection import Connection
from runyard.cli.scopes import listed, scope_options


@click.group("variables")
def command() -> None:
    """Variables of a repository, an owner or the server. Workflows read them as `vars`."""


@command.command("list")
@scope_options
def listing(connection: Connection, prefix: str) -> None:
    """List names and values."""
    for variable in listed(connection, f"{prefix}/variables"):
        click.echo(f"{variable['name']}={variable['data']}")


@command.command("set")
@click.argument("name")
@click.argument("value")
@scope_options
def store(connection: Connection, prefix: str, name: str, value: str) -> None:
    """Give the variable NAME a VALUE; it is made if there is none."""
    known = {variable["name"] for variable in listed(connection, f"{prefix}/variables")}
    path = f"{prefix}/variables/{name}"
    if name.upper() in known:
        connection.api.put(path, {"value": value})
    else:
        connection.api.post(path, {"value": value})


@command.command("delete")
@click.argument("name")
@scope_options
def remove(connection: Connection, prefix: str, name: str) -> None:
    """Remove the variable NAME."""
    connection.api.delete(f"{prefix}/variables/{name}")
