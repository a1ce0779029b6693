"""A PostgreSQL server of the tests' own: one per session, in a temporary folder, reached through its unix socket."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ACCOUNT = "postgres"
READY = "database system is ready to accept connections"
SETTINGS = {
    "autovacuum": "off",
    "deadlock_timeout": "50ms",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
}


class Postgres:
    """A running server. `create` makes databases, by copying a template when one is given."""

    def __init__(self, start: Callable[[], subprocess.Popen[str]], folder: Path) -> None:
        self._start = start
        self.process = start()
        self.folder = folder
        self._numbers = itertools.count(1)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://{ACCOUNT}@/{name}?host={self.folder}"

    def crash(self) -> None:
        """End it at once, as `pg_ctl stop -m immediate` does."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def start(self) -> None:
        """Start it again. It ends with the thread that has started it."""
        self.process = self._start()

    def create(self, template: str | None = None) -> str:
        """Make a database and return its name."""
        name = f"test_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement = sql.SQL("{} TEMPLATE {}").format(statement, sql.Identifier(template))
        self._run(statement)
        return name

    def drop(self, name: str) -> None:
        """Remove a database with whoever is connected to it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgres(**settings: str) -> Iterator[Postgres]:
    """Start a server with these settings and SETTINGS, and stop it at the end.

    Raises RuntimeError with a sentence when that cannot work.
    """
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="runyard-pg-"))
    try:
        data = folder / "data"
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(folder, account.pw_uid, account.pw_gid)
        _initialise(binaries, data)
        server = Postgres(lambda: _start(binaries, data, folder, SETTINGS | settings), folder)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)
            server.process.wait(30)
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    """The folder of initdb and postgres: the newest version that Debian has installed, else what pg_config says."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if shutil.which("pg_config"):
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        if (Path(answer.stdout.strip()) / "initdb").exists():
            return Path(answer.stdout.strip())
    raise RuntimeError("The store's tests need PostgreSQL's server programs: apt-get install postgresql.")


def _as_account() -> list[str]:
    """PostgreSQL refuses to run as root: a command prefix that drops to its account (and ends with the tests)."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups", "--pdeathsig=INT"]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def _initialise(binaries: Path, data: Path) -> None:
    options = [
        "--no-sync",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        f"--username={ACCOUNT}",
        f"--pgdata={data}",
    ]
    done = subprocess.run(
        [*_as_account(), str(binaries / "initdb"), *options],
        capture_output=True,
        text=True,
        cwd="/",
        env=_environment(),
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _start(binaries: Path, data: Path, sockets: Path, settings: dict[str, str]) -> subprocess.Popen[str]:
    chosen = settings | {"unix_socket_directories": str(sockets)}
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [*_as_account(), str(binaries / "postgres"), "-D", str(data), *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env=_environment(),
    )
    said = []
    for line in _lines(server):
        said.append(line)
        if READY in line:
            threading.Thread(target=_drain, args=(server,), daemon=True).start()
            return server
    server.wait()
    raise RuntimeError("PostgreSQL did not start: " + "".join(said))


def _lines(server: subprocess.Popen[str]) -> Any:
    assert server.stderr is not None
    return server.stderr


def _drain(server: subprocess.Popen[str]) -> None:
    """Read on until the server ends, or it would block on a full pipe."""
    with _lines(server) as lines:
        for _ in lines:
            pass
