"""The commands' HTTP client against a small real server that misbehaves."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from runyard.cli import api as client
from runyard.cli.api import Api
from runyard.cli.errors import CommandError

EVENTS = [f"id: {number}\nevent: step\ndata: {number}\n\n".encode() for number in range(1, 7)]


class Misbehaving(http.server.BaseHTTPRequestHandler):
    """Sends two events per connection and then drops it; the last connection says `end`."""

    seen: list[str]

    def do_GET(self) -> None:
        last = self.headers.get("Last-Event-ID", "")
        self.seen.append(last)
        start = int(last or 0)
        if self.path.endswith("/refused"):
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b'{"message": "there is no such run"}')
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": a comment\n\n" + b"".join(EVENTS[start : start + 2]))
        if start + 2 >= len(EVENTS):
            self.wfile.write(b"event: end\ndata: {}\n\n")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(client, "RETRY_SECONDS", (0.0,))
    Misbehaving.seen = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_stream_is_resumed_after_the_last_event(address: str) -> None:
    events = list(Api(address, None).events("/stream"))
    assert [event.data for event in events] == ["1", "2", "3", "4", "5", "6"]
    assert Misbehaving.seen == ["", "2", "4"]
    assert {event.event for event in events} == {"step"}


def test_refusal_carries_the_servers_message(address: str) -> None:
    with pytest.raises(CommandError, match="there is no such run"):
        Api(address, None).get("/refused")
    with pytest.raises(CommandError, match="there is no such run"):
        list(Api(address, None).events("/refused"))


@pytest.mark.parametrize("address", ["ftp://host", "http://", "://"])
def test_bad_address(address: str) -> None:
    with pytest.raises(CommandError, match="is no server address"):
        Api(address, None)
