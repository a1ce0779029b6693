"""Finds the processes that a job left behind, through the tracking variable that all of them inherit (Linux
`/proc`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

TRACKING_VARIABLE = "RUNNER_TRACKING_ID"

_VARIABLE = TRACKING_VARIABLE.encode() + b"="
_KERNEL_THREAD = 0x00200000
_EXEC_SECONDS = 1.0
_ENVIRONMENT_END = 48
"""Its place in what `_status` returns: the last but one field of `/proc/<pid>/stat`."""
_strangers: set[tuple[int, int]] = set()
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

    return [member for pid, _ in _processes() if (member := _open_if(pid, belongs))]


def survivors(tracking_prefix: str) -> list[Member]:
    """All living processes whose tracking id starts with a prefix.

    Cheap enough for the end of every job: a process that was seen to be no job's is not looked at again.
    """
    wanted = _VARIABLE + tracking_prefix.encode()
    processes = set(_processes())
    with _strangers_lock:
        _strangers.intersection_update(processes)
        processes -= _strangers
    found = []
    for pid, inode in processes:
        with contextlib.suppress(OSError):
            environment = _settled_environment(pid)
            if wanted in environment:
                member = _open_if(pid, lambda one: wanted in _environment(one))
                if member:
                    found.append(member)
            elif _is_strange(pid, environment):
                with _strangers_lock:
                    _strangers.add((pid, inode))
    return found


def holders(variable: str, prefix: str) -> list[Member]:
    """All living processes that were started with a variable whose value starts with a prefix."""
    wanted = f"{variable}={prefix}".encode()
    return [member for pid, _ in _processes() if (member := _open_if(pid, lambda one: wanted in _environment(one)))]


def _processes() -> Iterator[tuple[int, int]]:
    """All others: process id and inode in `/proc`, which is another one when the id is used again."""
    own = os.getpid()
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit() and (pid := int(entry.name)) != own:
                yield pid, entry.inode()


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
    """Empty for kernel threads and zombies. Raises OSError for processes that are gone or that we may not read."""
    with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:  # noqa: PTH123
        return file.readall() or b""


def _settled_environment(pid: int) -> bytes:
    """A process shows no environment while it is in the middle of `exec`: look again then, for a while."""
    deadline = time.monotonic() + _EXEC_SECONDS
    while not (environment := _environment(pid)) and _is_in_exec(pid) and time.monotonic() < deadline:
        os.sched_yield()
    return environment


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


def _is_in_exec(pid: int) -> bool:
    """Whether there is no environment yet, which is something else than an empty one: that has an address."""
    return not _has_none(pid) and int(_status(pid)[_ENVIRONMENT_END]) == 0


def _has_none(pid: int) -> bool:
    """Kernel threads and the dead have no environment."""
    status = _status(pid)
    return status[0] in (b"Z", b"X") or bool(int(status[6]) & _KERNEL_THREAD)
