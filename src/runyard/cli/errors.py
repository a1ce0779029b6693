"""How commands fail: one sentence that says what is wrong and what to do, exit status 1."""

from __future__ import annotations

import click


class CommandError(click.ClickException):
    """The command cannot go on. `hint` is a second line that says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def show(self, file: object = None) -> None:
        click.secho(f"runyard: {self.message}", fg="red", err=True)
        if self.hint:
            click.echo(f"  {self.hint}", err=True)
