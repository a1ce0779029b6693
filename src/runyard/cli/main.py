"""The command group. A command's module is imported only when it is called, so that `runyard run` starts at once."""

from __future__ import annotations

import importlib
import sys

import click

from runyard import __version__

COMMANDS = {
    "serve": ("runyard.cli.serve", "Start the server with its own git hosting and runner."),
    "run": ("runyard.cli.run", "Run a workflow of this working tree, here and now."),
    "lint": ("runyard.cli.lint", "Check workflow files: mistakes, and security."),
    "login": ("runyard.cli.login", "Remember a server's address and a token."),
    "runs": ("runyard.cli.runs", "List runs."),
    "show": ("runyard.cli.show", "Show one run: jobs, steps, times, errors."),
    "logs": ("runyard.cli.logs", "Print the log of a run or of one job."),
    "watch": ("runyard.cli.watch", "Follow a run until it ends."),
    "cancel": ("runyard.cli.cancel", "Cancel a run, or one job of it."),
    "rerun": ("runyard.cli.rerun", "Run a finished run again: all of it, what failed, or one job."),
    "dispatch": ("runyard.cli.dispatch", "Start a workflow that has `on: workflow_dispatch`."),
    "workflow": ("runyard.cli.workflow", "List workflows, switch them off and on."),
    "approve": ("runyard.cli.approve", "Let a run from a fork begin."),
    "deny": ("runyard.cli.deny", "Refuse a run from a fork."),
    "revoke": ("runyard.cli.revoke", "Take back an approval, and the trust in its author."),
    "repo": ("runyard.cli.repo", "Create and list hosted repositories."),
    "secrets": ("runyard.cli.secrets", "Secrets of a repository, an owner or the server."),
    "variables": ("runyard.cli.variables", "Variables of a repository, an owner or the server."),
    "runner": ("runyard.cli.runner", "Register and start runners."),
    "token": ("runyard.cli.token", "Create access tokens."),
}

EXAMPLES = """\b
Examples:
  runyard serve                       start a server on this machine
  runyard run                         run this repository's workflows for a push, without a server
  runyard lint                        check this repository's workflow files
  runyard login http://127.0.0.1:3000 --token TOKEN
  runyard runs                        runs of the repository you are in
  runyard watch 12                    follow run 12
"""


class LazyGroup(click.Group):
    """A group whose commands are modules, each with a click command named `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else " See 'runyard --help'."
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="runyard")
def group() -> None:
    """Runyard runs GitHub Actions workflows on your own machines."""


def main() -> None:
    """The console script: run the command; a `CommandError` is one sentence and exit status 1."""
    try:
        group(prog_name="runyard")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
