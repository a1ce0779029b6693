"""pkt-lines, and what a push says in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.forge.packets import (
    FLUSH,
    ZERO,
    PacketReader,
    ProtocolError,
    PushReport,
    PushRequest,
    RefUpdate,
    accepted_updates,
    packet,
)

A, B, C = "a" * 40, "b" * 40, "c" * 40
payloads = st.lists(st.one_of(st.none(), st.binary(min_size=1, max_size=60)), max_size=8)


@given(payloads, st.integers(1, 7))
def test_packets_survive_any_cutting(packets: list[bytes | None], step: int) -> None:
    stream = b"".join(FLUSH if each is None else packet(each) for each in packets)
    reader = PacketReader()
    found = [each for start in range(0, len(stream), step) for each in reader.feed(stream[start : start + step])]
    assert found == packets


@pytest.mark.parametrize("data", [b"zzzz", b"ffff"])
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(PacketReader().feed(data))


def request(*lines: str, capabilities: str = "report-status-v2 side-band-64k") -> PushRequest:
    """A push request with these commands and a pack behind them."""
    first, *others = (line.encode() for line in lines)
    body = packet(first + b"\0" + capabilities.encode()) + b"".join(map(packet, others)) + FLUSH + b"PACK\0\1\2"
    parsed = PushRequest()
    for start in range(0, len(body), 13):
        parsed.feed(body[start : start + 13])
    return parsed


def test_commands_end_at_the_flush_and_the_pack_is_not_read() -> None:
    parsed = request(f"{A} {B} refs/heads/main", f"{ZERO} {C} refs/tags/v 1")
    assert parsed.complete
    assert parsed.capabilities == {"report-status-v2", "side-band-64k"}
    assert parsed.commands == [RefUpdate("refs/heads/main", A, B), RefUpdate("refs/tags/v 1", ZERO, C)]
    assert parsed.commands[1].is_creation
    assert not parsed.commands[1].is_deletion


def report(*lines: str, sideband: bool) -> PushReport:
    """Git's answer with these status lines, cut into small pieces."""
    inner = b"".join(packet(f"{line}\n".encode()) for line in lines) + FLUSH
    if sideband:
        halves = inner[:9], inner[9:]
        inner = packet(b"\x02remote says hi\n") + b"".join(packet(b"\x01" + half) for half in halves) + FLUSH
    parsed = PushReport(sideband=sideband)
    for start in range(0, len(inner), 5):
        parsed.feed(inner[start : start + 5])
    return parsed


@pytest.mark.parametrize("sideband", [True, False])
def test_only_accepted_updates_count(sideband: bool) -> None:
    asked = request(f"{A} {B} refs/heads/main", f"{A} {ZERO} refs/heads/old", f"{A} {C} refs/heads/no")
    said = report(
        "unpack ok",
        "ok refs/heads/main",
        "option refname refs/heads/main",
        "ok refs/heads/old",
        "ng refs/heads/no non-fast-forward",
        sideband=sideband,
    )
    assert [update.ref for update in accepted_updates(asked, said)] == ["refs/heads/main", "refs/heads/old"]


def test_nothing_counts_when_the_pack_was_bad_or_nothing_changed() -> None:
    asked = request(f"{A} {B} refs/heads/main")
    assert accepted_updates(asked, report("unpack index-pack failed", "ok refs/heads/main", sideband=True)) == []
    same = request(f"{A} {A} refs/heads/main")
    assert accepted_updates(same, report("unpack ok", "ok refs/heads/main", sideband=True)) == []


def test_shallow_lines_are_passed_over_and_nonsense_is_refused() -> None:
    parsed = PushRequest()
    parsed.feed(packet(b"shallow " + A.encode()) + packet(f"{A} {B} refs/heads/x\0report-status".encode()) + FLUSH)
    assert [command.ref for command in parsed.commands] == ["refs/heads/x"]
    with pytest.raises(ProtocolError):
        PushRequest().feed(packet(b"hello"))
