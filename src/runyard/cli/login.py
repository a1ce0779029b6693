"""`runyard login`: remember a server and a token."""

from __future__ import annotations

import click

from runyard.cli.api import Api
from runyard.cli.connection import save_login


@click.command("login")
@click.argument("address")
@click.option("--token", help="Access token; asked for when it is not given.")
def command(address: str, token: str | None) -> None:
    """Check ADDRESS and token, and remember both for the other commands."""
    token = token or click.prompt("Token", hide_input=True)
    api = Api(address, token)
    user = api.get("/user")
    path = save_login(api.address, token)
    click.echo(f"Logged in to {api.address} as {user['login']}. Saved in {path}.")
