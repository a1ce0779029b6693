"""Job summaries: the markdown that each step of a task wrote."""

from __future__ import annotations

from sqlalchemy import delete, select

from runyard.store.database import Tx
from runyard.store.plain import clean, upsert
from runyard.store.schema import summary


def put(tx: Tx, task_id: int, step: int, markdown: str) -> None:
    """Store a step's summary in place of an earlier one; empty text removes it."""
    if markdown:
        upsert(tx, summary, ("task_id", "step"), task_id=task_id, step=step, markdown=clean(markdown))
        return
    tx.connection.execute(delete(summary).where(summary.c.task_id == task_id, summary.c.step == step))


def read(tx: Tx, task_id: int) -> dict[int, str]:
    """Step index → markdown, in the order of steps."""
    columns = select(summary.c.step, summary.c.markdown).where(summary.c.task_id == task_id).order_by(summary.c.step)
    return {row.step: row.markdown for row in tx.connection.execute(columns)}
