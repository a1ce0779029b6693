"""Running the git binary: a clean environment and short commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class GitError(Exception):
    """Git could not do what was asked. The text is what git said, one line."""


def environment(protocol: str = "") -> dict[str, str]:
    """The whole environment of a git process: nothing of the server's own, no system or user configuration.

    `protocol` is the client's `Git-Protocol` header. Who owns the directories does not matter (volumes often differ).
    """
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_TERMINAL_PROMPT": "0",
    }
    if protocol:
        variables["GIT_PROTOCOL"] = protocol
    return variables


def call(repository: Path, *arguments: str, text: str = "") -> str:
    """Run one short git command inside a repository, with `text` as its input, and return what it printed.

    Synchronous: use in a thread. Raises GitError.
    """
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=repository, env=environment(), input=text.encode(), capture_output=True
        )
    except OSError as error:
        raise GitError(f"git could not be started in {repository}: {error.strerror}") from error
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(lines[-1] if lines else f"git {arguments[0]} ended with status {done.returncode}")
    return done.stdout.decode("utf-8", "replace")
