"""`runyard secrets`."""

from __future__ import annotations

import sys

import click

from runyard.cli import style
from runyard.cli.connection import Connection
from runyard.cli.scopes import listed, scope_options


@click.group("secrets")
def command() -> None:
    """Secrets of a repository, an owner or the server. Jobs get them as `secrets`; nobody can read them back."""


@command.command("list")
@scope_options
def listing(connection: Connection, prefix: str) -> None:
    """List the names."""
    for secret in listed(connection, f"{prefix}/secrets"):
        click.echo(f"{secret['name']:<40} {style.dim(secret['updated_at'])}")


@command.command("set")
@click.argument("name")
@scope_options
def store(connection: Connection, prefix: str, name: str) -> None:
    """Store the secret NAME. Its value is asked for, or read from standard input: never given as an argument.

    \b
    Examples:
      runyard secrets set DEPLOY_KEY < key.pem
      runyard secrets set NPM_TOKEN --owner ada
    """
    value = click.prompt("Value", hide_input=True) if sys.stdin.isatty() else sys.stdin.read().removesuffix("\n")
    connection.api.put(f"{prefix}/secrets/{name}", {"data": value})


@command.command("delete")
@click.argument("name")
@scope_options
def remove(connection: Connection, prefix: str, name: str) -> None:
    """Remove the secret NAME."""
    connection.api.delete(f"{prefix}/secrets/{name}")
