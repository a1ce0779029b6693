"""What must hold: after every commit for the state of a run, and at every restart and at the end for what is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from runyard.kernel import Run, Status, fold
from runyard.kernel.state import ApprovalState, Attempt, Concurrency, Job
from runyard.store import Tx, journal, logs, runs
from runyard.store.run_load import load_cold
from runyard.store.schema import metadata
from tests.kernel.scenario import check_change, check_state
from tests.simulation.runners import Runner, Work
from tests.simulation.watchers import Watcher

EVERYTHING = 1_000_000

Place = tuple[int, int, int]
"""Run, attempt, and job or 0 for the attempt itself."""


class Observer:
    """Sees every state of every run."""

    def __init__(self, running_jobs: int, tell: Callable[[str], None] | None) -> None:
        self.runs: dict[int, Run] = {}
        self._open: dict[int, Run] = {}
        self._arrived: dict[Place, int] = {}
        self._looks = 0
        self._running_jobs = running_jobs
        self._tell = tell

    def see(self, run_id: int, run: Run, disabled: Collection[str] = ()) -> None:
        """A commit has brought a run here. What it was before must lead here by legal steps only.

        `disabled`: the workflows that were switched off before.
        """
        before = self.runs.get(run_id)
        if before is not None and before.sequence >= run.sequence:
            return
        check_state(run)
        check_rules(run)
        begun = before is None or len(before.attempts) < len(run.attempts)
        assert not begun or run.workflow not in disabled, f"{run.workflow} is disabled"
        if before is not None:
            check_change(before, run)
        self.runs[run_id] = run
        if run.status.is_terminal:
            self._open.pop(run_id, None)
        else:
            self._open[run_id] = run
        if self._tell is not None:
            for job in run.attempt.jobs.values():
                old = (
                    before and before.attempts[-1].number == run.attempt.number and before.attempt.jobs.get(job.number)
                )
                if not old or old.status is not job.status:
                    cause = f" ({job.cause})" if job.cause else ""
                    self._tell(
                        f"run {run_id}.{run.attempt.number} job {job.number} '{job.name}': {job.status.label}{cause}"
                    )

    def check_together(self) -> None:
        """What holds for all open runs of the repository at once: one holder per group, who came before all that wait,
        and no more jobs than may run.
        """
        self._looks += 1
        groups = [found for run_id, run in self._open.items() for found in _groups(run_id, run)]
        self._arrived = {place: self._arrived.get(place, self._looks) for place, _ in groups}
        holders: dict[str, Place] = {}
        for place, group in groups:
            if group.granted:
                other = holders.setdefault(group.group.casefold(), place)
                assert other == place, f"two hold the group {group.group}: {other} and {place}"
        for place, group in groups:
            if not group.granted:
                holder = holders.get(group.group.casefold())
                assert holder is not None, f"nobody holds the group {group.group} that {place} waits for"
                assert self._arrived[holder] <= self._arrived[place], f"{holder} has overtaken {place} in {group.group}"
        running = sum(
            job.status in (Status.RUNNING, Status.CANCELLING) and not job.calls
            for run in self._open.values()
            for job in run.attempt.jobs.values()
        )
        assert not self._running_jobs or running <= self._running_jobs, f"{running} jobs run at once"


def _groups(run_id: int, run: Run) -> Iterator[tuple[Place, Concurrency]]:
    """The groups that the open attempt and its open jobs hold or wait for."""
    subjects: dict[int, Attempt | Job] = {0: run.attempt, **run.attempt.jobs}
    for number, subject in subjects.items():
        if subject.concurrency is not None and not subject.status.is_terminal:
            yield (run_id, run.attempt.number, number), subject.concurrency


def check_rules(run: Run) -> None:
    """Nobody begins before those it needs have ended, after its matrix has failed, unapproved, or once killed."""
    attempt = run.attempt
    assert not run.fork or run.approval is not None, "nobody was asked"
    families: dict[int, list[Job]] = {}
    for job in attempt.jobs.values():
        families.setdefault(job.caller, []).append(job)
    for job in attempt.jobs.values():
        siblings = families[job.caller]
        if job.status in (Status.WAITING, Status.RUNNING):
            open_needs = [each.name for each in siblings if each.key in job.needs and not each.status.is_terminal]
            assert not open_needs, f"'{job.name}' did not wait for {open_needs}"
            assert run.approval is None or run.approval.state is ApprovalState.APPROVED, f"'{job.name}' is not approved"
        if job.status is Status.FAILURE and job.fail_fast and not job.continue_on_error and not job.source_attempt:
            going = [each.name for each in siblings if each.key == job.key and each.status in _GOES_ON]
            assert job.matrix is None or not going, f"'{job.name}' has failed, but {going} go on"
    if attempt.abort is not None and attempt.abort.force:
        assert attempt.status.is_terminal, "killed, but not dead"


_GOES_ON = (Status.BLOCKED, Status.WAITING, Status.RUNNING)


def check_stored(tx: Tx) -> None:
    """The journal is dense, its fold is the rows, and queue and leases say what the states say."""
    waiting, open_tasks = set(), set()
    for run_id, stored in load_cold(tx, _run_ids(tx)).items():
        events = journal.read(tx, run_id, 0, EVERYTHING)
        assert [sequence for sequence, _ in events] == list(range(1, len(events) + 1)), f"gaps in run {run_id}"
        assert fold(event for _, event in events) == stored.run, f"the rows of run {run_id} are not its journal"
        for attempt in stored.run.attempts:
            for job in attempt.jobs.values():
                if job.status is Status.WAITING and not job.calls:
                    waiting.add(stored.job_ids[attempt.number, job.number])
                for task in job.tasks:
                    if not task.status.is_terminal:
                        open_tasks.add(stored.task_ids[attempt.number, job.number, task.number])
    queued = {job_id for (job_id,) in tx.raw.execute("SELECT job_id FROM queue").fetchall()}
    assert queued == waiting, f"queued {queued}, waiting {waiting}"
    leased = {task_id for (task_id,) in tx.raw.execute("SELECT task_id FROM lease").fetchall()}
    assert leased == open_tasks, f"leased {leased}, open {open_tasks}"


def check_secrets(tx: Tx, runners: Iterable[Runner], secret: str) -> None:
    """What only runners may know is in no stored byte. A repository's jobs get its secret, those of forks do not."""
    words = {secret}
    for runner in runners:
        words.add(runner.secret)
        for work in runner.works:
            words.update(work.secrets.values())
            assert secret not in work.secrets.values() or work.event == "push", f"task {work.id} got the secret"
    for table in metadata.sorted_tables:
        stored = repr(tx.raw.execute(f'SELECT * FROM "{table.name}"').fetchall())
        for word in words:
            assert len(word) > 8, f"'{word}' is no secret"
            assert word not in stored, f"'{word}' can be read in {table.name}"


def _run_ids(tx: Tx) -> list[int]:
    return [run_id for (run_id,) in tx.raw.execute("SELECT id FROM run ORDER BY id").fetchall()]


def check_ended(tx: Tx) -> None:
    """Every run has come to an end."""
    for run_id in _run_ids(tx):
        run = runs.load(tx, run_id)
        open_jobs = {job.name: job.status.label for job in run.attempt.jobs.values() if not job.status.is_terminal}
        assert run.status.is_terminal, f"run {run_id} is {run.status.label}: {open_jobs}"


def check_watchers(tx: Tx, watchers: list[Watcher]) -> None:
    """Every watcher has seen everything once, in order."""
    for watcher in watchers:
        assert watcher.following.done(), f"a watcher of run {watcher.run_id} is still waiting"
        watcher.following.result()
        seen = watcher.seen
        assert [number for number, _ in seen] == list(range(1, len(seen) + 1)), f"run {watcher.run_id}: not once each"
        assert fold(event for _, event in seen).status.is_terminal
        assert seen == journal.read(tx, watcher.run_id, 0, len(seen))


def check_logs(tx: Tx, works: Iterable[Work]) -> None:
    """No acknowledged line was lost, whoever died."""
    for work in works:
        stored = [line.text for line in logs.read(tx, work.id, 0, EVERYTHING)]
        assert stored[: work.acknowledged] == work.rows[: work.acknowledged], f"task {work.id} lost lines"
