"""`runyard dispatch`."""

from __future__ import annotations

import click

from runyard.cli.connection import connect, repository_options
from runyard.cli.pairs import parse_pairs


@click.command("dispatch")
@click.argument("workflow")
@repository_options
@click.option("--ref", help="Branch or tag to run on [default: the repository's default branch].")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input; may be repeated.")
def command(
    workflow: str, server: str | None, token: str | None, repository: str | None, ref: str | None, inputs: tuple[str]
) -> None:
    """Start WORKFLOW (its file name, like ci.yml), which must have `on: workflow_dispatch`."""
    connection = connect(server, token, repository)
    if ref is None:
        ref = connection.api.get(f"/repos/{connection.need_repository()}")["default_branch"]
    run = connection.api.post(
        f"{connection.actions}/workflows/{workflow}/dispatches?return_run_details=true",
        {"ref": ref, "inputs": parse_pairs(inputs, "--input")},
    )
    click.echo(f"Started run {run['run_number']}. Follow it with 'runyard watch {run['run_number']}'.")
