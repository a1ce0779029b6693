"""Runs git for a job: fetches of repositories and actions, with a token that no command line and no log shows."""

from __future__ import annotations

import base64
import shutil
import urllib.parse
from collections.abc import Sequence

from runyard.runner.job_run import JobRun
from runyard.runner.process import CannotStartError

_PROBE_SECONDS = 10.0


class GitError(Exception):
    """git failed, or there is no git; the text is for users."""


def credentials(token: str) -> str:
    """The header that a token becomes."""
    return f"AUTHORIZATION: basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, with a slash."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def repository_exists(url: str, token: str) -> bool:
    """Whether a server has a repository that we may fetch: one request, nothing in the log."""
    from urllib.request import Request, urlopen

    headers = {"Authorization": credentials(token).partition(": ")[2]} if token else {}
    request = Request(f"{url}/info/refs?service=git-upload-pack", headers=headers)  # noqa: S310 - the job's own server
    try:
        with urlopen(request, timeout=_PROBE_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


class Git:
    """git in one directory. With a token every request to `url`'s host carries it. Raises GitError."""

    def __init__(self, run: JobRun, directory: str, url: str = "", token: str = "") -> None:
        program = shutil.which("git", path=run.base.get("PATH"))
        if not program:
            raise GitError("git: command not found. Install git on the runner.")
        self._program = program
        self._run = run
        self._directory = directory
        self._environment = {"GIT_TERMINAL_PROMPT": "0"}
        if token:
            header = credentials(token)
            run.log.masks.add(header.rpartition(" ")[2])
            self._environment |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": f"http.{origin_of(url)}.extraheader",
                "GIT_CONFIG_VALUE_0": header,
            }

    def __call__(self, *arguments: str) -> list[str]:
        """Run one command; what it printed."""
        failed, lines = self._execute(arguments)
        if failed:
            raise GitError(f"The process '{self._program}' failed with exit code {failed}")
        return lines

    def succeeds(self, *arguments: str) -> bool:
        """Run one command; whether it succeeded."""
        return not self._execute(arguments)[0]

    def _execute(self, arguments: Sequence[str]) -> tuple[int, list[str]]:
        try:
            exit_, lines = self._run.run_tool([self._program, *arguments], self._directory, self._environment)
        except CannotStartError as error:
            raise GitError(str(error)) from error
        if exit_.stopped:
            raise GitError("The operation was canceled.")
        return exit_.code, lines
