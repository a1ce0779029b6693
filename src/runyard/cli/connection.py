"""Which server, with which token, which repository: from flags, the environment, or the login file, in that order."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from runyard.cli.api import Api
from runyard.cli.errors import CommandError


def login_file() -> Path:
    """Where `runyard login` keeps address and token: `$XDG_CONFIG_HOME/runyard/login.json`, mode 0600."""
    root = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(root) / "runyard" / "login.json"


def save_login(address: str, token: str) -> Path:
    """Write the login file with mode 0600 and return its path."""
    path = login_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"server": address, "token": token}, file, indent=2)
    return path


def _saved_login() -> dict[str, str]:
    try:
        saved: dict[str, str] = json.loads(login_file().read_text())
        return saved
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CommandError(
            f"The login file {login_file()} cannot be read: {error}.", "Write it anew with 'runyard login'."
        ) from error


@dataclass(frozen=True)
class Connection:
    """A server and, where a command needs one, a repository on it."""

    api: Api
    repository: str

    @property
    def actions(self) -> str:
        """The API path of the repository's actions."""
        return f"/repos/{self.need_repository()}/actions"

    def need_repository(self) -> str:
        """OWNER/NAME; raises CommandError when neither flag nor git remote names one."""
        if not self.repository:
            raise CommandError(
                "Which repository?",
                "Name it with -R OWNER/NAME, or work in a clone whose remote is on this server.",
            )
        return self.repository

    def run(self, number: int) -> dict[str, Any]:
        """The repository's run with this number, as the API shows it."""
        found = self.api.get(f"{self.actions}/runs?run_number={number}&limit=1")["workflow_runs"]
        if not found:
            raise CommandError(f"{self.need_repository()} has no run {number}.", "List its runs with 'runyard runs'.")
        run: dict[str, Any] = found[0]
        return run

    def jobs(self, run: dict[str, Any], attempt: int | None = None) -> list[dict[str, Any]]:
        """All jobs of a run's attempt (the latest by default), in the workflow's order."""
        path = f"{self.actions}/runs/{run['id']}" + (f"/attempts/{attempt}" if attempt else "") + "/jobs"
        jobs: list[dict[str, Any]] = []
        while page := self.api.get(f"{path}?limit=50&page={len(jobs) // 50 + 1}")["jobs"]:
            jobs += page
            if len(page) < 50:
                break
        return jobs

    def job(self, run: dict[str, Any], name: str) -> dict[str, Any]:
        """The job of the run's latest attempt with this name."""
        jobs = self.jobs(run)
        for job in jobs:
            if job["name"].lower() == name.lower():
                return job
        names = ", ".join(job["name"] for job in jobs) or "none"
        raise CommandError(f"Run {run['run_number']} has no job '{name}'.", f"Its jobs: {names}.")


def connect(server: str | None, token: str | None, repository: str | None) -> Connection:
    """The connection that flags, environment and login file describe."""
    saved = _saved_login()
    address = server or os.environ.get("RUNYARD_SERVER") or saved.get("server")
    if not address:
        raise CommandError(
            "No server is known.",
            "Log in with 'runyard login ADDRESS --token TOKEN', or set RUNYARD_SERVER and RUNYARD_TOKEN.",
        )
    if token is None:
        token = os.environ.get("RUNYARD_TOKEN")
    if token is None and address.rstrip("/") == saved.get("server", "").rstrip("/"):
        token = saved.get("token")
    return Connection(Api(address, token), repository or os.environ.get("RUNYARD_REPOSITORY") or _from_remote(address))


def _from_remote(address: str) -> str:
    """OWNER/NAME of the first git remote of this folder that lives on the server, else ""."""
    try:
        listing = subprocess.run(["git", "remote", "-v"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    wanted = urlsplit(address)
    for line in listing.splitlines():
        url = urlsplit(line.split()[1])
        if (url.hostname, url.port) == (wanted.hostname, wanted.port) and url.path.startswith(wanted.path):
            return url.path[len(wanted.path.rstrip("/")) :].strip("/").removesuffix(".git")
    return ""


def server_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --server and --token to a command; it gets them as `server` and `token`."""
    function = click.option("--token", help="Access token [RUNYARD_TOKEN, or the login file].")(function)
    return click.option("--server", help="Address of the server [RUNYARD_SERVER, or the login file].")(function)


def repository_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`server_options` and -R OWNER/NAME as `repository`."""
    option = click.option(
        "-R",
        "--repository",
        metavar="OWNER/NAME",
        help="Repository [RUNYARD_REPOSITORY, or a git remote of this folder].",
    )
    return server_options(option(function))
