"""`runyard serve`: the server, with its own git hosting and runner."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runyard.cli import style
from runyard.cli.errors import CommandError

if TYPE_CHECKING:
    from runyard.cli.embedded import EmbeddedRunner
    from runyard.services.context import Services
    from runyard.services.settings import Settings

EXAMPLES = """\b
Examples:
  runyard serve                                        on http://127.0.0.1:3000, data in ~/.local/share/runyard
  runyard serve --data /srv/runyard --port 8080
  runyard serve --database postgresql://runyard@db/runyard --host 0.0.0.0 --url https://ci.example.org
"""


def default_data() -> Path:
    """`$XDG_DATA_HOME/runyard`."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "runyard"


@click.command("serve", epilog=EXAMPLES, context_settings={"auto_envvar_prefix": "RUNYARD"})
@click.option("--data", type=click.Path(path_type=Path), default=default_data, help="Folder for everything it keeps.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 = any free one.")
@click.option("--database", default="", help="postgresql://… instead of SQLite in the data folder.")
@click.option("--url", default="", help="Address under which people and runners reach it [default: host and port].")
@click.option("--runner-capacity", default=0, help="Jobs that the embedded runner executes at a time [default: cores].")
@click.option("--no-runner", is_flag=True, help="Start no embedded runner.")
@click.option("--lease", default=60.0, show_default=True, help="Seconds of silence after which a runner is lost.")
@click.option("--set", "chosen", multiple=True, metavar="NAME=VALUE", help="A limit; docs/server.md has them all.")
def command(
    data: Path,
    host: str,
    port: int,
    database: str,
    url: str,
    runner_capacity: int,
    no_runner: bool,
    lease: float,
    chosen: tuple[str, ...],
) -> None:
    """Start the server. It needs no configuration and no other service; stop it with Ctrl-C."""
    import logging

    from runyard.server.serve import CannotListen
    from runyard.services.keyring import KeyFileUnusable
    from runyard.services.settings import Settings, with_limits
    from runyard.store import StoreError

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    capacity = 0 if no_runner else runner_capacity or os.cpu_count() or 2
    settings = Settings(data=data, database=database, host=host, port=port, url=url, lease_seconds=lease)
    try:
        settings = with_limits(settings, chosen)
    except ValueError as error:
        raise CommandError(str(error)) from error
    try:
        _serve(settings, capacity)
    except (CannotListen, KeyFileUnusable, StoreError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"The data folder {data} cannot be used: {error.strerror or error}.") from error


def _serve(settings: Settings, capacity: int) -> None:
    """Serve until SIGINT or SIGTERM; the embedded runner is stopped before the server, which hears its last reports."""
    import asyncio

    import uvloop
    from msgspec.structs import replace

    from runyard.server.serve import listen, serve_on
    from runyard.services.first_start import first_start
    from runyard.services.lifecycle import close_services, open_services

    async def main() -> None:
        with listen(settings) as listener:
            services = open_services(replace(settings, port=listener.getsockname()[1]))
            try:
                token = await first_start(services)
                address = services.settings.base_url
                runner = _embedded_runner(services, capacity)
                if runner is not None:
                    await runner.start()
                await serve_on(
                    listener, services, ready=lambda: _greet(address, token), leaving=runner.stop if runner else None
                )
            finally:
                await close_services(services)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main())


def _embedded_runner(services: Services, capacity: int) -> EmbeddedRunner | None:
    from runyard.cli.embedded import EmbeddedRunner

    return EmbeddedRunner(services, capacity) if capacity else None


def _greet(address: str, token: str | None) -> None:
    """Say where the server is; at the first start also the administrator's token, which is stored nowhere."""
    from runyard import __version__

    lines = [f"Runyard {__version__} is ready at {click.style(address, bold=True)}", ""]
    if token:
        repository = f"{address}/admin/PROJECT.git"
        lines += [
            "First start. The administrator's token, shown this once:",
            "",
            f"    {token}",
            "",
            f"  pages     open {address}/login and paste it",
            f"  commands  runyard login {address} --token {token}",
            f"  git       git push {repository} HEAD:main   {style.dim('(user admin, password: the token)')}",
            "",
        ]
    click.echo("\n".join([*lines, "Stop with Ctrl-C."]))
    sys.stdout.flush()
