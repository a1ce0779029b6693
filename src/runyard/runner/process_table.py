"""Finds the processes that a job left behind, through the tracking variable that all of them inherit (Linux
`/proc`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

TRACKING_VARIABLE = "RUNNER_TRACKING_ID"

_VARIABLE = TRACKING_VARIABLE.encode() + b"="
_KERNEL_THREAD = 0x00200000
_LOOKS = 50
_strangers: set[int] = set()
_bare: set[int] = set()
_strangers_lock = threading.Lock()


class Member:
    """A process that was found; the descriptor makes a signal to a re-used process id impossible."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.descriptor = descriptor

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone is no error."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(self.descriptor, number)

    def close(self) -> None:
        """Release the descriptor."""
        os.close(self.descriptor)


def tree_of(session: int, tracking_id: str) -> list[Member]:
    """All living processes of a session, and those with exactly this tracking id wherever they went."""
    wanted = _VARIABLE + tracking_id.encode() + b"\0"

    def belongs(pid: int) -> bool:
        return os.getsid(pid) == session or wanted in _settled_environment(pid)

    return [member for pid in _pids() if (member := _open_if(pid, belongs))]


def survivors(tracking_prefix: str) -> list[Member]:
    """All living processes whose tracking id starts with a prefix.

    Cheap enough for the end of every job: a process that was seen to be no job's is not looked at again.
    """
    wanted = _VARIABLE + tracking_prefix.encode()
    pids = set(_pids())
    with _strangers_lock:
        _strangers.intersection_update(pids)
        _bare.intersection_update(pids)
        pids -= _strangers
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            environment = _settled_environment(pid)
            if wanted in environment:
                member = _open_if(pid, lambda one: wanted in _environment(one))
                if member:
                    found.append(member)
            elif _is_strange(pid, environment):
                with _strangers_lock:
                    _strangers.add(pid)
    return found


def holders(variable: str, prefix: str) -> list[Member]:
    """All living processes that were started with a variable whose value starts with a prefix."""
    wanted = f"{variable}={prefix}".encode()
    return [member for pid in _pids() if (member := _open_if(pid, lambda one: wanted in _environment(one)))]


def _pids() -> Iterator[int]:
    own = os.getpid()
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - every job's end does this: names are enough
    except OSError:
        return
    for name in names:
        if name.isdigit() and (pid := int(name)) != own:
            yield pid


def _open_if(pid: int, belongs: Callable[[int], bool]) -> Member | None:
    """Opened first and tested then, so that the test speaks of the process that the descriptor names."""
    with contextlib.suppress(OSError):
        if belongs(pid):
            member = Member(pid, os.pidfd_open(pid))
            with contextlib.suppress(OSError):
                if belongs(pid) and not _is_zombie(pid):
                    return member
            member.close()
    return None


def _environment(pid: int) -> bytes:
    """Empty for kernel threads, zombies and processes that we may not read."""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123
            return file.readall() or b""
    except (PermissionError, ProcessLookupError):
        return b""


def _settled_environment(pid: int) -> bytes:
    """A process shows no environment while it is in the middle of `exec`: look again then."""
    for _ in range(1 if pid in _bare else _LOOKS):
        if (environment := _environment(pid)) or _has_none(pid):
            return environment
        os.sched_yield()
    with _strangers_lock:
        _bare.add(pid)
    return b""


def _is_strange(pid: int, environment: bytes) -> bool:
    """Whether the process can never belong to a job. Our own child may still be on its way to `exec`."""
    if not environment:
        return _has_none(pid)
    return _VARIABLE not in environment and _status(pid)[1:2] != [str(os.getpid()).encode()]


def _status(pid: int) -> list[bytes]:
    """State, parent, … : what follows the name in `/proc/<pid>/stat`."""
    with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123
        return (file.readall() or b"").rpartition(b")")[2].split()


def _is_zombie(pid: int) -> bool:
    return _status(pid)[:1] in ([b"Z"], [b"X"])


def _has_none(pid: int) -> bool:
    """Kernel threads and the dead have no environment."""
    status = _status(pid)
    return status[0] in (b"Z", b"X") or bool(int(status[6]) & _KERNEL_THREAD)
