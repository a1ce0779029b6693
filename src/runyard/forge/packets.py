"""Git's pkt-line format, read incrementally, and what a push says in it: commands and their results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FLUSH = b"0000"
ZERO = "0" * 40
_MAX_PACKET = 65520


class ProtocolError(Exception):
    """The other side does not speak git's protocol."""


def packet(payload: bytes) -> bytes:
    """One pkt-line. The payload may have at most 65516 bytes."""
    return b"%04x" % (len(payload) + 4) + payload


class PacketReader:
    """Cuts a byte stream into pkt-lines. A flush (or another special packet) is None."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Add bytes and cut off the packets that are complete now, one at a time, so that a caller may stop in front of
        bytes that are none. Raises ProtocolError.
        """
        self._pending += data
        while (end := self._end()) is not None:
            payload = bytes(self._pending[4:end]) if end > 4 else None
            del self._pending[:end]
            yield payload

    def _end(self) -> int | None:
        head = self._pending[:4]
        if len(head) < 4:
            return None
        try:
            length = int(head, 16)
        except ValueError:
            raise ProtocolError("a packet does not start with four hexadecimal digits") from None
        if length > _MAX_PACKET:
            raise ProtocolError("a packet is longer than 65520 bytes")
        end = max(length, 4)
        return end if end <= len(self._pending) else None


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One ref that a push changes. 40 zeros: before = it did not exist, after = it is deleted."""

    ref: str
    before: str
    after: str

    @property
    def is_creation(self) -> bool:
        """The ref is new."""
        return self.before == ZERO

    @property
    def is_deletion(self) -> bool:
        """The ref goes away."""
        return self.after == ZERO


class PushRequest:
    """Reads the commands at the head of a receive-pack request; the pack behind them is not looked at."""

    def __init__(self) -> None:
        self._reader = PacketReader()
        self.commands: list[RefUpdate] = []
        self.capabilities: frozenset[str] = frozenset()
        self.complete = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes of the request. Raises ProtocolError."""
        if self.complete:
            return
        for line in self._reader.feed(data):
            if line is None:
                self.complete = True
                self._reader = PacketReader()
                return
            self._command(line)

    def _command(self, line: bytes) -> None:
        text, _, capabilities = line.partition(b"\0")
        if capabilities:
            self.capabilities = frozenset(capabilities.decode("utf-8", "replace").split())
        parts = text.rstrip(b"\n").decode("utf-8", "surrogateescape").split(" ", 2)
        if parts[0] == "shallow":
            return
        if len(parts) != 3:
            raise ProtocolError("a push command is not 'old new ref'")
        self.commands.append(RefUpdate(ref=parts[2], before=parts[0], after=parts[1]))


class PushReport:
    """Reads receive-pack's answer and remembers which refs were accepted."""

    def __init__(self, *, sideband: bool) -> None:
        self._sideband = PacketReader() if sideband else None
        self._reader = PacketReader()
        self._ended = False
        self.accepted: set[str] = set()
        self.unpacked = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes of the answer. Raises ProtocolError."""
        if self._sideband is None:
            self._report(data)
            return
        for line in self._sideband.feed(data):
            if line is not None and line[:1] == b"\x01":
                self._report(line[1:])

    def _report(self, data: bytes) -> None:
        if self._ended:
            return
        for line in self._reader.feed(data):
            if line is None:
                self._ended = True
                return
            text = line.rstrip(b"\n").decode("utf-8", "surrogateescape")
            if text == "unpack ok":
                self.unpacked = True
            elif text.startswith("ok "):
                self.accepted.add(text[3:])


def accepted_updates(request: PushRequest, report: PushReport) -> list[RefUpdate]:
    """The updates of a push that took effect, in the client's order; ones that change nothing are left out."""
    return [
        command
        for command in request.commands
        if report.unpacked and command.ref in report.accepted and command.before != command.after
    ]
