"""`runyard run`: run workflows of this working tree, here and now."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runyard.cli import style
from runyard.cli.pairs import parse_pairs

if TYPE_CHECKING:
    from runyard.cli.local.tree import WorkingTree
    from runyard.kernel.commands import CreateRun
    from runyard.kernel.events import Event

EXAMPLES = """\b
Examples:
  runyard run                              every workflow that a push starts
  runyard run -W test.yml -j lint          one job of one workflow (and what it needs)
  runyard run workflow_dispatch --input level=debug --secret TOKEN=$TOKEN
"""


@click.command("run", epilog=EXAMPLES)
@click.argument("event", default="push")
@click.option("-W", "--workflow", "file", default="", metavar="FILE", help="Only this workflow file.")
@click.option("-j", "--job", default="", metavar="JOB", help="Only this job (its id) and the jobs that it needs.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An input of workflow_dispatch.")
@click.option("--secret", "secrets", multiple=True, metavar="NAME=VALUE", help="A secret; masked in the output.")
@click.option(
    "--capacity", type=click.IntRange(1), default=os.cpu_count() or 2, help="Jobs at a time [default: cores]."
)
def command(event: str, file: str, job: str, inputs: tuple[str, ...], secrets: tuple[str, ...], capacity: int) -> None:
    """Run the workflows that EVENT (default: push) starts, on this working tree, uncommitted changes included.

    Jobs run on this machine in folders of their own; the working tree is not touched.
    The exit status is 0 if all runs succeeded.
    """
    from runyard.cli.local.plan import Request, plan_runs
    from runyard.cli.local.tree import WorkingTree

    tree = WorkingTree(Path.cwd())
    request = Request(event, file, job, parse_pairs(inputs, "--input"))
    commands = plan_runs(tree, request)
    given = parse_pairs(secrets, "--secret")
    succeeded = [_run(tree, each, given, capacity) for each in commands]
    sys.exit(0 if all(succeeded) else 1)


def _run(tree: WorkingTree, create: CreateRun, secrets: dict[str, str], capacity: int) -> bool:
    """Run one workflow; whether it succeeded."""
    import msgspec

    from runyard.cli.local.engine import LocalRun
    from runyard.cli.printer import Printer
    from runyard.runner.settings import RunnerSettings

    printer = Printer()
    click.echo(f"{click.style(create.workflow, bold=True)} {style.dim(f'on {create.event}')}")
    with tempfile.TemporaryDirectory(prefix="runyard-", ignore_cleanup_errors=True) as work:
        settings = RunnerSettings(Path(work), name="local", source=tree.check_out)

        def listen(event: Event) -> None:
            printer.show(msgspec.to_builtins(event))

        local = LocalRun(settings, secrets, capacity, listen, printer.line, printer.summary)
        restore = signal.signal(signal.SIGINT, lambda *_: _interrupt(local))
        try:
            run = local.execute(create)
        finally:
            signal.signal(signal.SIGINT, restore)
    printer.show_summaries()
    status = run.status.label
    click.echo(f"{style.symbol(status)} {create.workflow} {style.word(status)} {style.dim(_took(run))}\n")
    return status in ("success", "skipped")


def _interrupt(local: Any) -> None:
    click.echo(style.dim("Cancelling; press Ctrl-C again to kill."), err=True)
    local.cancel()


def _took(run: Any) -> str:
    return style.duration((run.stopped - run.created) / 1000) if run.stopped else ""
