"""How commands fail: one sentence that says what is wrong and what to do, exit status 1."""

from __future__ import annotations

import click


class CommandError(click.ClickException):
    """The command cannot go on. `hint` is a second line that says what to do, `code` how the server names a refusal."""

    def __init__(self, message: str, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code

    def show(self, file: object = None) -> None:
        code = click.style(f" [{self.code}]", dim=True) if self.code else ""
        click.echo(click.style(f"runyard: {self.message}", fg="red") + code, err=True)
        if self.hint:
            click.echo(f"  {self.hint}", err=True)
