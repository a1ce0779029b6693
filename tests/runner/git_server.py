"""Serves bare repositories over smart HTTP with the real `git http-backend`, and remembers the credentials."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class GitServer:
    """`root` holds `<owner>/<name>`; `token` (if set) is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.token = ""
        self.authorizations: list[str] = []
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.serve()

            def do_POST(self) -> None:
                self.serve()

            def log_message(self, format: str, *args: object) -> None:
                return

            def serve(self) -> None:
                authorization = self.headers.get("Authorization", "")
                server.authorizations.append(authorization)
                if server.token and not authorization:
                    self.send_response(401)
                    self.end_headers()
                    return
                size = int(self.headers.get("Content-Length") or 0)
                status, headers, body = server.backend(self, self.rfile.read(size))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def backend(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        url = urlsplit(request.path)
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": request.command,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "CONTENT_LENGTH": str(len(body)),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [
            (name, value.strip()) for name, _, value in (row.partition(":") for row in head.decode().split("\r\n"))
        ]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        return status, [one for one in headers if one[0] != "Status"], content


@contextmanager
def git_server(root: Path) -> Iterator[GitServer]:
    server = GitServer(root)
    thread = threading.Thread(target=server.http.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def git(directory: Path, *arguments: str) -> str:
    """One git command, as nobody in particular, without this user's settings."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def make_repository(root: Path, name: str, files: dict[str, str]) -> Path:
    """A bare repository `name` with branch `main` of two commits, tag `v1` on the first one."""
    bare = root / name
    work = root / f"{name}.work"
    bare.mkdir(parents=True)
    work.mkdir(parents=True)
    git(bare, "init", "-q", "--bare", "-b", "main")
    git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(work, "init", "-q", "-b", "main")
    for number in (1, 2):
        for path, text in files.items():
            file = work / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("{number}", str(number)))
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", f"commit {number}")
        if number == 1:
            git(work, "tag", "v1")
    git(work, "push", "-q", "--tags", str(bare), "main")
    return work
