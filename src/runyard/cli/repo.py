"""`runyard repo`: hosted repositories."""

from __future__ import annotations

import click

from runyard.cli import style
from runyard.cli.connection import connect, server_options


@click.group("repo")
def command() -> None:
    """Create and list hosted repositories."""


@command.command("create")
@click.argument("name")
@server_options
@click.option("--public", is_flag=True, help="Readable by everybody who reaches the server.")
@click.option("--description", default="", help="One line about it.")
def create(name: str, server: str | None, token: str | None, public: bool, description: str) -> None:
    """Create the repository NAME, owned by you."""
    connection = connect(server, token, None)
    made = connection.api.post(
        "/user/repos", {"name": name.rpartition("/")[2], "private": not public, "description": description}
    )
    click.echo(f"Created {made['full_name']}. Push to it:\n")
    click.echo(f"  git remote add runyard {made['clone_url']}\n  git push runyard HEAD")


@command.command("list")
@server_options
def listing(server: str | None, token: str | None) -> None:
    """List the repositories that you can see."""
    connection = connect(server, token, None)
    for item in connection.api.get("/repos/search?limit=50")["data"]:
        click.echo(f"{item['full_name']:<40} {style.dim(item['clone_url'])}")
