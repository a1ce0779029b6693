"""A real `runyard serve` process for end-to-end tests, benchmarks and the demo's own test."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType

from runyard.cli.api import Api

TOKEN = re.compile(r"^\s+([0-9a-f]{40})\s*$")


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """The environment without anything of this user's git or Runyard settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "RUNYARD_", "GITHUB_"))}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "NO_COLOR": "1",
    }


class Server:
    """`runyard serve` on a data folder. `start` returns when it is ready; the port stays the same over restarts."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.token = ""
        self.output: list[str] = []
        self._options = options
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Server:
        """Start the process and wait until it says that it is ready; raises RuntimeError with its output if it ends."""
        ready = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runyard", "serve", "--data", self.data, "--port", str(self.port), *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment(),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        ready.wait()
        if self._process.poll() is not None:
            raise RuntimeError("the server ended:\n" + "".join(self.output))
        return self

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9 of the server process alone; its runner lives on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(timeout=60)
        self._reader.join()
        return status

    def runner_pid(self) -> int:
        """The process id of the embedded runner."""
        listing = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=True)
        return int(listing.stdout.split()[0])

    @property
    def api(self) -> Api:
        """The administrator's API client."""
        return Api(self.address, self.token)

    def get(self, path: str) -> tuple[int, str]:
        """GET anything as the administrator: status and text."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("GET", path, headers={"Authorization": f"token {self.token}"})
            with connection.getresponse() as response:
                return response.status, response.read().decode()

    def remote(self, repository: str) -> str:
        """The URL, with credentials, to push to `OWNER/NAME`."""
        return f"http://admin:{self.token}@127.0.0.1:{self.port}/{repository}.git"

    def _read(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.output.append(line)
                if found := TOKEN.match(line):
                    self.token = found[1]
                if line.startswith("Stop with Ctrl-C"):
                    ready.set()
        ready.set()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()


class WorkingTree:
    """A git working tree with the real client."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run git here."""
        return subprocess.run(
            ["git", *arguments], cwd=self.path, env=clean_environment(), capture_output=True, text=True, check=check
        )

    def write(self, files: dict[str, str]) -> WorkingTree:
        """Write files by path."""
        for name, text in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return self

    def commit(self, message: str = "change") -> str:
        """Commit everything; returns the new commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").stdout.strip()

    def push(self, remote: str, *refs: str) -> subprocess.CompletedProcess[str]:
        """Push; does not raise."""
        return self.git("push", "-q", remote, *(refs or ("HEAD:main",)), check=False)


def runyard(
    *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    return subprocess.run(
        [sys.executable, "-m", "runyard", *arguments],
        cwd=cwd,
        env=clean_environment() | (env or {}),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def follow(api: Api, repository: str, number: int) -> Iterator[dict[str, object]]:
    """The journal of a run, event by event, until it has ended."""
    run = api.get(f"/repos/{repository}/actions/runs?run_number={number}")["workflow_runs"][0]
    for event in api.events(f"/repos/{repository}/actions/runs/{run['id']}/events"):
        yield json.loads(event.data)


def finished(api: Api, repository: str, number: int) -> dict[str, object]:
    """Wait for the end of a run by its journal and return it as the API shows it."""
    for _ in follow(api, repository, number):
        pass
    run: dict[str, object] = api.get(f"/repos/{repository}/actions/runs?run_number={number}")["workflow_runs"][0]
    return run


def job_log(api: Api, repository: str, job_id: object) -> str:
    """The whole raw log of a job."""
    return b"".join(api.text(f"/repos/{repository}/actions/jobs/{job_id}/logs")).decode()
