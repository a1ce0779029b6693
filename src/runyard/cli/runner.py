"""`runyard runner`: register and start runners, for Runyard, Gitea and Forgejo servers."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import click

from runyard.cli.connection import connect, server_options
from runyard.cli.errors import CommandError

DRAIN_SECONDS = 3 * 60 * 60.0
DEFAULT_LABELS = "ubuntu-latest:host,self-hosted:host,linux:host"


@click.group("runner")
def command() -> None:
    """Register and start runners."""


@command.command("register")
@server_options
@click.option("--registration-token", help="A registration token [default: asked of the server with your own token].")
@click.option("--name", default=socket.gethostname, help="Name of the runner [default: this machine's name].")
@click.option("--labels", default=DEFAULT_LABELS, show_default=True, help="Labels, separated by commas.")
@click.option("--ephemeral", is_flag=True, help="For one job only.")
@click.option(
    "--state", type=click.Path(path_type=Path), default=Path(".runner"), show_default=True, help="State file."
)
def register(
    server: str | None,
    token: str | None,
    registration_token: str | None,
    name: str,
    labels: str,
    ephemeral: bool,
    state: Path,
) -> None:
    """Register this machine as a runner and write the state file that `runyard runner start` reads."""
    import asyncio

    from runyard.runner.agent import registration
    from runyard.runner.agent.errors import AgentError

    connection = connect(server, token, None)
    if registration_token is None:
        registration_token = str(connection.api.post("/admin/actions/runners/registration-token")["token"])
    wanted = [label.strip() for label in labels.split(",") if label.strip()]
    try:
        made = asyncio.run(
            registration.register(
                connection.api.address, registration_token, name=name, labels=wanted, ephemeral=ephemeral
            )
        )
    except AgentError as error:
        raise CommandError(str(error)) from error
    registration.save(made, state)
    click.echo(f"Registered runner '{made.name}' in {state}. Start it with 'runyard runner start --state {state}'.")


@command.command("start")
@click.option(
    "--state", type=click.Path(path_type=Path), default=Path(".runner"), show_default=True, help="State file."
)
@click.option(
    "--capacity", type=click.IntRange(1), default=os.cpu_count() or 1, help="Jobs at a time [default: cores]."
)
@click.option(
    "--work", type=click.Path(path_type=Path), help="Folder for workspaces, its own [default: beside the state]."
)
@click.option(
    "--shutdown-timeout",
    default=DRAIN_SECONDS,
    show_default=True,
    help="Seconds that running jobs have when it is stopped; a second signal cancels them at once.",
)
@click.option("--with-parent", type=int, hidden=True, help="Finish the jobs and end when this process ends.")
def start(state: Path, capacity: int, work: Path | None, shutdown_timeout: float, with_parent: int | None) -> None:
    """Execute jobs until stopped with Ctrl-C or SIGTERM. Running jobs are finished first."""
    import asyncio
    import logging

    import uvloop

    from runyard.runner.agent.agent import AgentConfig, run_agent
    from runyard.runner.agent.errors import AgentError
    from runyard.runner.agent.leftovers import clear_leftovers
    from runyard.runner.agent.registration import load, locked
    from runyard.runner.settings import RunnerSettings

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if with_parent is not None:
        _end_with(with_parent)
    try:
        registration = load(state)
        work_root = (work or state.with_name(f"{state.name}.work")).absolute()
        settings = RunnerSettings(work_root, registration.name, registration.address)
        config = AgentConfig(registration, settings, capacity, shutdown_timeout)
        with locked(state), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            clear_leftovers(work_root)
            runner.run(run_agent(config))
    except AgentError as error:
        raise CommandError(str(error)) from error


def _end_with(parent: int) -> None:
    """Have the kernel send SIGTERM when the parent dies; at once if it is dead already (Linux)."""
    import ctypes
    import signal

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() != parent:
        raise CommandError("The server that started this runner has ended.")
