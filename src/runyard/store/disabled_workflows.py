"""Workflows that a repository has switched off, by the path of their file."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, select

from runyard.store.database import Tx
from runyard.store.plain import upsert
from runyard.store.schema import disabled_workflow
from runyard.store.statement import Statement


class Disabled(msgspec.Struct, frozen=True):
    """Who switched a workflow off, and when (ms)."""

    by: str
    at: int


_OF_REPOSITORY = Statement(
    select(disabled_workflow.c.path, disabled_workflow.c.disabled_by, disabled_workflow.c.at).where(
        disabled_workflow.c.repository_id == bindparam("repository")
    ),
    "repository",
)


def of_repository(tx: Tx, repository_id: int) -> dict[str, Disabled]:
    """The disabled ones by path."""
    return {path: Disabled(by, at) for path, by, at in _OF_REPOSITORY.all(tx, repository_id)}


def disable(tx: Tx, repository_id: int, path: str, *, by: str, at: int) -> None:
    """Switch a workflow off. Of one that is off already, the latest `by` and `at` hold."""
    values = {"repository_id": repository_id, "path": path, "disabled_by": by, "at": at}
    upsert(tx, disabled_workflow, ("repository_id", "path"), **values)


def enable(tx: Tx, repository_id: int, path: str) -> None:
    """Switch a workflow on; nothing for one that is."""
    where = (disabled_workflow.c.repository_id == repository_id, disabled_workflow.c.path == path)
    tx.connection.execute(delete(disabled_workflow).where(*where))
