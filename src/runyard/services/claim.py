"""Giving waiting jobs to waiting runners: one transaction for all runners that wait at this moment."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from runyard.kernel import decide, evolve
from runyard.kernel.assignment import assignment
from runyard.kernel.causes import Cause
from runyard.kernel.commands import ClaimJob, ExpireTask
from runyard.kernel.errors import Refused
from runyard.services.identity import token_hash
from runyard.services.policy import policy_of
from runyard.services.record import record, record_all
from runyard.services.room import Room
from runyard.services.secrets import run_secrets
from runyard.store import queue, runs, tasks
from runyard.store.runs import Change

if TYPE_CHECKING:
    from runyard.kernel.events import Event
    from runyard.kernel.state import Run
    from runyard.services.context import Services
    from runyard.services.waiting import Waiter
    from runyard.store import Tx
    from runyard.store.runs import JobRef

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where a task stands: run id, then the numbers of attempt, job and task."""

    run_id: int
    attempt: int
    job: int
    task: int


@dataclass(slots=True)
class Given:
    """A task for one waiter. `message` is the serialized Task with its token."""

    waiter: Waiter
    task_id: int
    place: Place
    message: bytes
    lease_expires: int


@dataclass(slots=True)
class Batch:
    """What one transaction gave away.

    `searched`: the waiters for whom the queue was searched; `cut_short`: it may hold more for them. `recovered`:
    waiters whose tasks were theirs already, by request key. `broken_jobs`: jobs whose run makes no sense to the kernel.
    `passed`: jobs that could not be given out because somebody else is at their run.
    """

    tasks_version: int
    searched: list[Waiter] = field(default_factory=list)
    cut_short: bool = False
    given: list[Given] = field(default_factory=list)
    recovered: set[Waiter] = field(default_factory=set)
    broken_jobs: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Pick:
    waiter: Waiter
    job: JobRef


class _Lent(NamedTuple):
    """A claimed job, its run, and the new task with its token."""

    pick: _Pick
    run: Run
    place: Place
    task_id: int
    token: str


class _Secrets:
    """The secrets of runs (`run_secrets`), opened once for all alike in one transaction."""

    def __init__(self, services: Services, tx: Tx) -> None:
        self._services = services
        self._tx = tx
        self._opened: dict[tuple[int, bool, str], dict[str, str]] = {}

    def of(self, run: Run) -> dict[str, str]:
        """What the jobs of this run may be given. Raises KeyMissing."""
        alike = (run.repository_id, run.fork, run.event)
        if alike not in self._opened:
            self._opened[alike] = run_secrets(self._services, self._tx, run)
        return self._opened[alike]


def claim_batch(
    services: Services,
    tx: Tx,
    waiters: Sequence[Waiter],
    seen_version: int,
    limit: int,
    passed: Collection[int] = (),
) -> Batch:
    """Give at most `limit` jobs to the waiters, oldest waiter first.

    The queue is searched for those who have not looked yet, and for everybody if it has changed since `seen_version`.
    Jobs are passed over while another transaction, most likely another server's claim, is at their run. Those that were
    `passed` before come after all others, and are then waited for.
    """
    batch = Batch(queue.tasks_version(tx))
    changed = batch.tasks_version != seen_version
    batch.searched = [waiter for waiter in waiters if changed or not waiter.looked]
    for waiter in batch.searched:
        if waiter.request_key and waiter.recovers:
            _recover(services, tx, waiter, batch)
    wanting = [waiter for waiter in batch.searched if waiter not in batch.recovered]
    picks = _pick(services, tx, wanting, limit, passed)
    if picks or not passed:
        _claim(services, tx, picks, batch)
        batch.cut_short |= bool(passed or batch.passed)
    else:
        picks = _pick(services, tx, wanting, limit)
        _claim(services, tx, picks, batch, wait=True)
    batch.cut_short |= len(picks) == limit
    return batch


def delivery_milliseconds(services: Services) -> int:
    """How long a runner may take to be heard of after it was given a task."""
    return int(min(services.settings.delivery_seconds, services.settings.lease_seconds) * 1000)


def _pick(
    services: Services, tx: Tx, waiters: Sequence[Waiter], limit: int, passed: Collection[int] = ()
) -> list[_Pick]:
    """Match jobs and waiters. Runners with equal labels and scope share one search."""
    groups: dict[tuple[frozenset[str], int | None, int | None], list[Waiter]] = {}
    for waiter in waiters:
        runner = waiter.runner
        if not runner.busy:
            groups.setdefault((runner.labels, runner.owner_id, runner.repository_id), []).append(waiter)
    picks: list[_Pick] = []
    room = Room(services, tx)
    for (labels, owner_id, repository_id), group in groups.items():
        places = [waiter for waiter in group for _ in range(waiter.capacity)][: limit - len(picks)]
        taken = services.waiting.broken_jobs.union(passed, (pick.job.id for pick in picks))
        while places:
            jobs = queue.waiting(
                tx, labels, owner_id=owner_id, repository_id=repository_id, limit=len(places), exclude=taken,
                full=room.full,
            )  # fmt: skip
            admitted = [job for job in jobs if room.admits(job.repository_id)]
            picks.extend(_Pick(waiter, job) for waiter, job in zip(places, admitted, strict=False))
            if len(admitted) == len(jobs):
                break
            places = places[len(admitted) :]
            taken |= {job.id for job in admitted}
    return picks


def _claim(services: Services, tx: Tx, picks: Sequence[_Pick], batch: Batch, *, wait: bool = False) -> None:
    """Give jobs away: few statements for all their runs. `wait` for those that somebody else is at."""
    if not picks:
        return
    now = services.clock()
    by_run: dict[int, list[_Pick]] = {}
    for pick in picks:
        by_run.setdefault(pick.job.run_id, []).append(pick)
    changes: list[Change] = []
    claimed: list[Sequence[_Pick]] = []
    passed = {pick.job.id for pick in picks}
    for run_id, before in runs.load_all(tx, sorted(by_run), wait=wait).items():
        ids = {pick.job.id for pick in by_run[run_id]}
        try:
            events, possible = _decide_all(before, by_run[run_id], now)
        except Exception:
            log.exception("run %s is broken: its jobs cannot be given out", run_id)
            batch.broken_jobs |= ids
            passed -= ids
            batch.cut_short = True
            continue
        changes.append(Change(run_id, before, events))
        claimed.append(possible)
        passed.difference_update(pick.job.id for pick in possible)
    if not wait:
        batch.passed = passed
    expires = now + delivery_milliseconds(services)
    lent: list[_Lent] = []
    for change, saved, mine in zip(changes, record_all(services, tx, changes), claimed, strict=True):
        attempt = saved.run.attempt
        for pick in mine:
            task = attempt.jobs[pick.job.job].task
            assert task is not None
            place = Place(change.run_id, attempt.number, pick.job.job, task.number)
            task_id = saved.task_ids[place.attempt, place.job, place.task]
            lent.append(_Lent(pick, saved.run, place, task_id, services.new_token()))
    tasks.open_all(
        tx,
        [(each.task_id, token_hash(each.token), expires, each.pick.waiter.request_key or None) for each in lent],
    )
    secrets = _Secrets(services, tx)
    for each in lent:
        message = _message(services, tx, each.run, each.place, each.task_id, each.pick.job.id, each.token, secrets)
        if message is not None:
            batch.given.append(Given(each.pick.waiter, each.task_id, each.place, message, expires))


def _decide_all(run: Run, picks: Sequence[_Pick], now: int) -> tuple[list[Event], list[_Pick]]:
    """The events of all claims, each decided on the state that the ones before it leave; and what could be claimed."""
    events: list[Event] = []
    claimed: list[_Pick] = []
    more: list[Event] = []
    for pick in picks:
        for event in more:
            run = evolve(run, event)
        runner = pick.waiter.runner
        try:
            more = decide(run, ClaimJob(at=now, job=pick.job.job, runner_id=runner.id, runner_name=runner.name))
        except Refused as refusal:
            more = []
            log.debug("job %s of run %s was taken by somebody else: %s", pick.job.job, pick.job.run_id, refusal)
            continue
        events.extend(more)
        claimed.append(pick)
    return events, claimed


def _recover(services: Services, tx: Tx, waiter: Waiter, batch: Batch) -> None:
    """Hand out again what an earlier call with this request key was given; the tokens it was given die."""
    for ref in tasks.by_request_key(tx, waiter.runner.id, waiter.request_key):
        token = services.new_token()
        expires = services.clock() + delivery_milliseconds(services)
        tasks.replace_token(tx, ref.id, token_hash(token))
        tasks.renew(tx, ref.id, expires)
        run = runs.load(tx, ref.run_id, lock=True)
        job_id = runs.job_ids(tx, ref.run_id, ref.attempt)[ref.job]
        place = Place(ref.run_id, ref.attempt, ref.job, ref.task)
        message = _message(services, tx, run, place, ref.id, job_id, token, _Secrets(services, tx))
        if message is not None:
            batch.given.append(Given(waiter, ref.id, place, message, expires))
            batch.recovered.add(waiter)


def _message(
    services: Services, tx: Tx, run: Run, place: Place, task_id: int, job_id: int, token: str, secrets: _Secrets
) -> bytes | None:
    """The task's message. None: it cannot be built, for this runner or any other; the job has ended with the cause."""
    now = services.clock()
    try:
        work = assignment(run, place.attempt, place.job)
        return services.messages.build(
            place.run_id,
            work,
            task_id=task_id,
            job_id=job_id,
            token=token,
            secrets=secrets.of(run),
            now=now,
            debug=run.attempts[place.attempt - 1].debug,
        )
    except Exception as error:
        log.exception("run %s: job %s could not be prepared", place.run_id, place.job)
        cause = f"the job could not be prepared for a runner: {error}"
        latest = runs.load(tx, place.run_id, lock=True)
        command = ExpireTask(
            at=now,
            attempt=place.attempt,
            job=place.job,
            task=place.task,
            cause=cause,
            code=Cause.NOT_PREPARED,
            retry=policy_of(services, tx, latest.repository_id).retry,
        )
        record(services, tx, place.run_id, latest, decide(latest, command))
        return None
