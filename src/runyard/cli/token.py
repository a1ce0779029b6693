"""`runyard token`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, server_options


@click.group("token")
def command() -> None:
    """Create access tokens."""


@command.command("create")
@click.argument("name")
@server_options
def create(name: str, server: str | None, token: str | None) -> None:
    """Create an access token called NAME and print it. It is shown this once."""
    connection = connect(server, token, None)
    user = connection.api.get("/user")["login"]
    made = connection.api.post(f"/users/{user}/tokens", {"name": name})
    click.echo(made["sha1"])
