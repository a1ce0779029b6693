"""Whose secrets and variables a command is about: options that all of them have, and the API path that they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from runyard.cli.connection import Connection, connect, repository_options
from runyard.cli.errors import CommandError

PAGE = 50


def scope_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of `repository_options`, --owner and --all-repositories.

    The command gets `connection`, and as `prefix` the path that they mean.
    """

    def command(
        server: str | None, token: str | None, repository: str | None, owner: str, everywhere: bool, **rest: Any
    ) -> Any:
        if owner and everywhere:
            raise CommandError("Choose one of --owner and --all-repositories.")
        connection = connect(server, token, repository)
        prefix = "/admin/actions" if everywhere else f"/orgs/{owner}/actions" if owner else connection.actions
        return function(connection=connection, prefix=prefix, **rest)

    command.__doc__ = function.__doc__
    command.__name__ = function.__name__
    command.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    command = click.option(
        "--all-repositories", "everywhere", is_flag=True, help="The server's, for all repositories."
    )(command)
    command = click.option("--owner", default="", help="Those of a user or organisation, for all its repositories.")(
        command
    )
    return repository_options(command)


def listed(connection: Connection, path: str) -> list[dict[str, Any]]:
    """All items of a paged list."""
    items: list[dict[str, Any]] = []
    while page := connection.api.get(f"{path}?limit={PAGE}&page={len(items) // PAGE + 1}"):
        items += page
        if len(page) < PAGE:
            break
    return items
