from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runyard.runner import process_table
from runyard.runner.cancellation import Cancellation
from runyard.runner.interruptions import Interruptions
from runyard.runner.process import CannotStartError, Command, Exit, Processes
from runyard.runner.settings import GracePeriods

FAST = GracePeriods(interrupt=0.15, terminate=0.15)


class Bench:
    """One job's processes, and what they said."""

    def __init__(self, directory: Path, grace: GracePeriods) -> None:
        self.directory = directory
        self.cancel = Cancellation()
        self.interruptions = Interruptions(self.cancel, 60, 60)
        self.late: list[str] = []
        self.processes = Processes(f"github_{os.urandom(8).hex()}", grace, lambda _, text: self.late.append(text))

    def run(
        self,
        script: str,
        on_line: Callable[[str], None] | None = None,
        *,
        wanted: Callable[[], bool] = lambda: False,
        seconds: float | None = None,
    ) -> tuple[Exit, list[str]]:
        lines: list[str] = []

        def take(time_ns: int, text: str) -> None:
            lines.append(text)
            if on_line:
                on_line(text)

        command = Command(["/bin/bash", "-c", script], {"PATH": os.environ["PATH"]}, str(self.directory))
        with self.interruptions.frame(wanted, seconds):
            return self.processes.run(command, take, self.interruptions), lines


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path, FAST)
    yield bench
    bench.processes.close()
    bench.cancel.close()


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_output_of_both_streams_in_order(bench: Bench) -> None:
    exit_, lines = bench.run("echo a; echo b >&2; printf 'c\\xff'; pwd")
    assert exit_ == Exit(0)
    assert lines == ["a", "b", f"c\ufffd{bench.directory}"]


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("kill -9 $$", 137)])
def test_exit_code(bench: Bench, script: str, code: int) -> None:
    assert bench.run(script)[0].code == code


def test_ten_megabytes_arrive_whole_and_quickly(bench: Bench) -> None:
    start = time.monotonic()
    _, lines = bench.run("yes 0123456789012345678901234567890123456789012345678 | head -n 200000")
    assert len(lines) == 200_000
    assert set(lines) == {"0123456789" * 4 + "012345678"}
    assert time.monotonic() - start < 10


def test_program_that_cannot_start(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(CannotStartError, match="Cannot start '/no/such' with working directory"):
        bench.processes.run(Command(["/no/such"], {}, str(tmp_path)), lambda *_: None, bench.interruptions)
    with pytest.raises(CannotStartError, match="working directory '/no/dir': No such file"):
        bench.processes.run(Command(["/bin/true"], {}, "/no/dir"), lambda *_: None, bench.interruptions)
    with pytest.raises(CannotStartError, match="null byte"):
        bench.processes.run(Command(["/bin/true"], {"A": "\0"}, "/"), lambda *_: None, bench.interruptions)


def test_cancel_from_another_thread_wakes_the_wait(bench: Bench) -> None:
    def cancel(line: str) -> None:
        threading.Thread(target=bench.cancel.request, args=("enough",)).start()

    start = time.monotonic()
    exit_, lines = bench.run("trap 'echo bye; exit 5' INT; echo ready; while :; do sleep 60; done", cancel)
    assert exit_ == Exit(5, stopped=True)
    assert lines == ["ready", "bye"]
    assert time.monotonic() - start < 5


STUBBORN = """
trap '' INT TERM
(trap '' INT TERM; echo $BASHPID; exec sleep 600) &
setsid bash -c 'trap "" INT TERM; echo $BASHPID; exec sleep 600' &
(setsid bash -c 'trap "" INT TERM; (echo $BASHPID; exec sleep 600 >/dev/null 2>&1 </dev/null) & exit' )
echo ready
sleep 600
sleep 600
"""


def test_a_tree_that_ignores_signals_and_a_daemon_all_end(bench: Bench) -> None:
    lines: list[str] = []

    def cancel_when_all_run(line: str) -> None:
        lines.append(line)
        if len(lines) == 4:
            bench.cancel.request("enough")

    exit_, _ = bench.run(STUBBORN, cancel_when_all_run)
    assert exit_ == Exit(137, stopped=True)
    pids = [int(line) for line in lines if line.isdigit()]
    assert len(pids) == 3
    assert all(gone(pid) for pid in pids)


def test_force_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    bench = Bench(tmp_path, GracePeriods(interrupt=60, terminate=60))

    def lines(line: str) -> None:
        if line == "ready":
            bench.cancel.request("enough")
        else:
            bench.cancel.force("now")

    start = time.monotonic()
    exit_, _ = bench.run("trap 'echo interrupted' INT; echo ready; while :; do sleep 0.05; done", lines)
    assert exit_.stopped
    assert time.monotonic() - start < 10
    bench.processes.close()
    bench.cancel.close()


def test_a_step_that_wants_to_go_on_after_a_cancel_does(bench: Bench) -> None:
    exit_, _ = bench.run(
        "echo ready; read -t 0.1 < <(sleep 5); exit 4", lambda _: bench.cancel.request("x"), wanted=lambda: True
    )
    assert exit_ == Exit(4)


def test_timeout_ends_a_chatty_program(bench: Bench) -> None:
    exit_, lines = bench.run("while :; do echo x; done", seconds=1.0)
    assert exit_.stopped
    assert lines


def test_child_that_still_writes_after_its_parent(bench: Bench) -> None:
    exit_, lines = bench.run("(sleep 0.05; echo late) & echo early")
    assert exit_.code == 0
    assert lines == ["early", "late"]


def test_background_process_lives_until_the_job_ends(bench: Bench, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    _, lines = bench.run(f"(read x < {fifo}; echo got $x; exec sleep 600) & echo $!")
    (pid,) = map(int, lines)
    assert not gone(pid)
    _, lines = bench.run(f"echo hello > {fifo}; sleep 1; echo done")
    assert lines == ["done"]
    assert bench.late == ["got hello"]
    bench.processes.close()
    assert gone(pid)


def test_only_own_survivors_are_found(bench: Bench) -> None:
    _, lines = bench.run("setsid sleep 600 >/dev/null 2>&1 & echo $!")
    assert process_table.survivors("github_other") == []
    bench.processes.close()
    assert gone(int(lines[0]))


def test_who_gets_the_process_id_of_a_stranger_is_found(bench: Bench) -> None:
    """Process ids come round; what was seen of one says nothing of the next that has it."""
    _, lines = bench.run("setsid sleep 600 >/dev/null 2>&1 & echo $!")
    (pid,) = map(int, lines)
    earlier = Path("/proc/self").stat().st_ino
    process_table._strangers.add((pid, earlier))
    bench.processes.close()
    assert gone(pid)


def test_a_process_without_environment_is_not_waited_for() -> None:
    with subprocess.Popen(["env", "-i", "sleep", "600"]) as bare:
        words = Path(f"/proc/{bare.pid}/cmdline")
        while not words.read_bytes().startswith(b"sleep") or process_table._is_in_exec(bare.pid):
            os.sched_yield()
        assert process_table._environment(bare.pid) == b""
        bare.kill()


def test_no_descriptor_is_left_open(bench: Bench) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        bench.run("sleep 600 & exit 1")
        bench.run("sleep 600", seconds=0.01)
    bench.processes.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
