"""`runyard lint`: check workflow files for mistakes and for security."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from runyard.cli.linting.report import Report
    from runyard.cli.linting.sources import Sources
    from runyard.language.lint.finding import Finding

EXAMPLES = """\b
Examples:
  runyard lint                             this repository: all workflows and local actions together
  runyard lint .github/workflows/ci.yml    one file, and what it uses
  runyard lint --fix                       repair what can be repaired safely
  runyard lint --format sarif > lint.sarif
"""
_LEVELS = click.Choice(["error", "warning", "information", "info"])


@click.command("lint", epilog=EXAMPLES)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, allow_dash=True))
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif", "github"]), default="text", show_default=True
)
@click.option("--fix", is_flag=True, help="Repair what can be repaired without changing what a workflow does.")
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), help="Settings instead of those in .runyard/lint.yml."
)
@click.option("--no-security", is_flag=True, help="Leave out the rules about security.")
@click.option("--severity", type=_LEVELS, default="warning", show_default=True, help="Show findings from here on.")
@click.option("--fail-on", type=_LEVELS, default="error", show_default=True, help="Exit status 1 from here on.")
def command(
    paths: tuple[str, ...], form: str, fix: bool, config: str | None, no_security: bool, severity: str, fail_on: str
) -> None:
    """Check workflow files and action metadata: mistakes, and security.

    PATH is a file, a folder, or - for standard input; without it the whole repository is checked.
    The rules are explained in docs/lint. The exit status is 1 if there are errors (see --fail-on).
    """
    from runyard.cli.linting.report import Report, at_least
    from runyard.cli.linting.sources import STDIN, collect

    sources = collect(paths, config)
    if fix and STDIN in sources.shown.values():
        raise click.UsageError("--fix needs files: it cannot change standard input.")
    if fix:
        _repair(sources, severity, no_security=no_security)
    found = _check(sources, sources.files, no_security=no_security)
    shown = max(at_least(found, severity), at_least(found, fail_on), key=len)
    files = sum(path.endswith((".yml", ".yaml")) for path in sources.shown)
    _print(Report(shown, sources.files, sources.shown, files, len(found) - len(shown)), form)
    sys.exit(1 if at_least(found, fail_on) else 0)


def _check(sources: Sources, files: Mapping[str, str], *, no_security: bool) -> list[Finding]:
    """The findings in the files that were asked for."""
    from runyard.language.lint.engine import lint
    from runyard.language.lint.security import RULES

    left_out = {rule.name for rule in RULES} if no_security else set()
    found = lint(files, is_whole=sources.is_whole)
    return [each for each in found if each.path in sources.shown and each.rule not in left_out]


def _repair(sources: Sources, severity: str, *, no_security: bool) -> None:
    """Apply fixes to the files and to `sources`, and say what was done."""
    from runyard.cli.errors import CommandError
    from runyard.cli.linting.fixing import repair, write
    from runyard.cli.linting.report import at_least

    texts, done = repair(
        sources.files, lambda files: at_least(_check(sources, files, no_security=no_security), severity)
    )
    for path, descriptions in done.items():
        name = sources.shown[path]
        try:
            write(sources.file(path), texts[path])
        except OSError as error:
            raise CommandError(f"{name} cannot be changed: {error.strerror}.") from error
        click.echo(f"Fixed {name}: {_counted(descriptions)}", err=True)
    sources.files = texts


def _counted(descriptions: Counter[str]) -> str:
    return " ".join(text if count == 1 else f"{text} ({count} times)" for text, count in descriptions.items())


def _print(report: Report, form: str) -> None:
    """Print a report to standard output. `NO_COLOR` turns colours off."""
    if form == "json":
        from runyard.cli.linting.json_format import as_json

        click.echo(as_json(report))
    elif form == "sarif":
        from runyard.cli.linting.sarif_format import as_sarif

        click.echo(as_sarif(report))
    elif form == "github":
        from runyard.cli.linting.github_format import as_commands

        for line in as_commands(report):
            click.echo(line)
    else:
        from runyard.cli.linting.text_format import text

        click.echo("\n".join(text(report)), color=False if os.environ.get("NO_COLOR") else None)
