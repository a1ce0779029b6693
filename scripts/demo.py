"""The demo: a server with a fresh data folder, a push with the real git client, the run live in the terminal.

`--exit` ends after the run, with its exit status; else the server goes on until Ctrl-C.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "hello"
IDENTITY = {
    "GIT_AUTHOR_NAME": "Runyard demo",
    "GIT_AUTHOR_EMAIL": "demo@example.org",
    "GIT_COMMITTER_NAME": "Runyard demo",
    "GIT_COMMITTER_EMAIL": "demo@example.org",
    "GIT_TERMINAL_PROMPT": "0",
}


def main() -> int:
    """Run the demo; returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="runyard-demo-") as folder:
        server = start_server(Path(folder, "data"))
        try:
            address, token = read_greeting(server)
            push_example(Path(folder, "hello"), address, token)
            status = watch(address, token)
            if "--exit" not in sys.argv:
                print(
                    f"\nThe server goes on at {address}. Log in with this token: {token}\nStop with Ctrl-C.", flush=True
                )
                server.wait()
        except KeyboardInterrupt:
            status = 0
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    return status


def start_server(data: Path) -> subprocess.Popen[str]:
    """Start `runyard serve` on a free loopback port, out of reach of Ctrl-C: it is stopped in order."""
    say("Starting a server with a fresh data folder")
    return subprocess.Popen(
        [sys.executable, "-m", "runyard", "serve", "--data", data, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def read_greeting(server: subprocess.Popen[str]) -> tuple[str, str]:
    """Address and administrator token, from what the server prints at its first start."""
    assert server.stdout is not None
    greeting = ""
    for line in server.stdout:
        greeting += line
        if line.startswith("Stop with"):
            break
    address = re.search(r"ready at (\S+)", greeting)
    token = re.search(r"^\s+([0-9a-f]{40})\s*$", greeting, re.MULTILINE)
    if address is None or token is None:
        sys.exit(f"The server did not start:\n{greeting}")
    return address[1], token[1]


def push_example(tree: Path, address: str, token: str) -> None:
    """Commit the example in a repository of its own and push it; the server creates admin/hello."""
    shutil.copytree(EXAMPLE, tree)
    remote = f"{address}/admin/hello.git"
    say(f"git push {remote} main")
    authorised = f"http.extraHeader=Authorization: token {token}"
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        ("commit", "-q", "-m", "Say hello"),
        ("-c", authorised, "push", "-q", remote, "main"),
    ):
        subprocess.run(["git", *arguments], cwd=tree, env=os.environ | IDENTITY, check=True)


def watch(address: str, token: str) -> int:
    """`runyard watch` on run 1; returns its exit status."""
    command = [sys.executable, "-m", "runyard", "watch", "1", "--logs", "-R", "admin/hello"]
    return subprocess.run(
        command, env=os.environ | {"RUNYARD_SERVER": address, "RUNYARD_TOKEN": token}, check=False
    ).returncode


def say(text: str) -> None:
    """A line about what happens now."""
    print(f"\033[1m▸ {text}\033[0m" if sys.stdout.isatty() else f"▸ {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
