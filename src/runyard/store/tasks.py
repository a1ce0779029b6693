"""Open tasks: who may speak for a task (token), and until when its runner may be silent (lease).

A lease row is made when a runner gets the task and goes in the transaction in which the task ends (`runs.append`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update

from runyard.store.database import Tx
from runyard.store.errors import NotFound
from runyard.store.references import TaskRef
from runyard.store.schema import job, lease, run, task
from runyard.store.statement import Statement, inserting, updating


def _references(*, outer: bool = False) -> Select[Any]:
    columns = (
        task.c.id,
        job.c.run_id,
        run.c.repository_id,
        job.c.attempt,
        job.c.number,
        task.c.number,
        task.c.runner_id,
        func.coalesce(lease.c.expires, 0),
        lease.c.request_key,
    )
    leased = lease.join(task, task.c.id == lease.c.task_id)
    tasks = task.outerjoin(lease, task.c.id == lease.c.task_id) if outer else leased
    return select(*columns).select_from(tasks.join(job, job.c.id == task.c.job_id).join(run, run.c.id == job.c.run_id))


_BY_ID = Statement(_references(outer=True).where(task.c.id == bindparam("id")), "id")
_BY_TOKEN = Statement(_references().where(lease.c.token_hash == bindparam("hash")), "hash")
_BY_REQUEST_KEY = Statement(
    _references()
    .where(lease.c.request_key == bindparam("key"), task.c.runner_id == bindparam("runner_id"))
    .order_by(task.c.id),
    "runner_id",
    "key",
)
_EXPIRED = Statement(
    _references().where(lease.c.expires <= bindparam("now")).order_by(lease.c.expires).limit(bindparam("limit")),
    "now",
    "limit",
)
_RUNNING = Statement(
    select(func.count())
    .select_from(lease.join(task, task.c.id == lease.c.task_id).join(job).join(run, run.c.id == job.c.run_id))
    .where(run.c.repository_id == bindparam("repository")),
    "repository",
)
_NEXT_EXPIRY = Statement(select(func.min(lease.c.expires)))
_OPEN = inserting(lease, "task_id token_hash expires request_key")
_RENEW = updating(lease, "expires", where="task_id")
_REPLACE_TOKEN = updating(lease, "token_hash", where="task_id")


def open(tx: Tx, task_id: int, *, token_hash: str, lease_expires: int, request_key: str | None = None) -> None:
    """Lend a new task to its runner until `lease_expires`, with the hash of the token that speaks for it."""
    open_all(tx, [(task_id, token_hash, lease_expires, request_key)])


def open_all(tx: Tx, leases: Sequence[tuple[int, str, int, str | None]]) -> None:
    """`open` for many tasks: rows of task id, token hash, end of the lease and request key."""
    _OPEN.many(tx, leases)


def renew(tx: Tx, task_id: int, lease_expires: int) -> None:
    """The runner was heard: move the lease. Nothing happens to a task that has ended."""
    _RENEW.run(tx, lease_expires, task_id)


def renew_all(tx: Tx, lease_expires: int) -> None:
    """Move all leases, as after a time in which no runner could be heard."""
    tx.connection.execute(update(lease).values(expires=lease_expires))


def expired(tx: Tx, now: int, limit: int = 100) -> list[TaskRef]:
    """Open tasks whose lease ended at or before `now`, longest silent first."""
    return [TaskRef(*row) for row in _EXPIRED.all(tx, now, limit)]


def next_expiry(tx: Tx) -> int | None:
    """When the next lease ends; None when no task is open."""
    row = _NEXT_EXPIRY.first(tx)
    return None if row is None else row[0]


def running(tx: Tx, repository_id: int) -> int:
    """How many jobs of a repository are with runners."""
    row = _RUNNING.first(tx, repository_id)
    assert row is not None
    count: int = row[0]
    return count


def by_token(tx: Tx, token_hash: str) -> TaskRef | None:
    """The open task that a token speaks for."""
    row = _BY_TOKEN.first(tx, token_hash)
    return None if row is None else TaskRef(*row)


def by_request_key(tx: Tx, runner_id: int, request_key: str) -> list[TaskRef]:
    """The open tasks that this runner got by the request with this key."""
    return [TaskRef(*row) for row in _BY_REQUEST_KEY.all(tx, runner_id, request_key)]


def replace_token(tx: Tx, task_id: int, token_hash: str) -> None:
    """Give an open task another token; the old one is worth nothing from here on. Raises NotFound if it has ended."""
    if _REPLACE_TOKEN.run(tx, token_hash, task_id).rowcount == 0:
        raise NotFound(f"Task {task_id} is not open.")


def locate(tx: Tx, task_id: int) -> TaskRef:
    """Where a task stands, open or not. Raises NotFound."""
    row = _BY_ID.first(tx, task_id)
    if row is None:
        raise NotFound(f"There is no task {task_id}.")
    return TaskRef(*row)
