"""Artifacts: files that jobs keep. Rows only; `blob` names the bytes, and is empty once these are gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import Any

import msgspec
from sqlalchemy import select, update

from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.plain import clean, insert_once
from runyard.store.schema import artifact


class ArtifactStatus(IntEnum):
    """The life of an artifact, with Gitea's numbers."""

    PENDING = 1
    CONFIRMED = 2
    ERROR = 3
    EXPIRED = 4
    PENDING_DELETION = 5
    DELETED = 6


TRANSITIONS: dict[ArtifactStatus, frozenset[ArtifactStatus]] = {
    ArtifactStatus.PENDING: frozenset({ArtifactStatus.CONFIRMED, ArtifactStatus.ERROR}),
    ArtifactStatus.CONFIRMED: frozenset({ArtifactStatus.EXPIRED, ArtifactStatus.PENDING_DELETION}),
    ArtifactStatus.ERROR: frozenset({ArtifactStatus.PENDING_DELETION}),
    ArtifactStatus.EXPIRED: frozenset({ArtifactStatus.PENDING_DELETION}),
    ArtifactStatus.PENDING_DELETION: frozenset({ArtifactStatus.DELETED}),
    ArtifactStatus.DELETED: frozenset(),
}
LISTED = (ArtifactStatus.CONFIRMED, ArtifactStatus.EXPIRED)
"""What clients are shown."""


class Artifact(msgspec.Struct, frozen=True):
    """An artifact of one attempt. Sizes in bytes, `stored_size` as kept; `expires` 0 = never."""

    id: int
    repository_id: int
    run_id: int
    attempt: int
    runner_id: int
    name: str
    path: str
    status: ArtifactStatus
    content_type: str
    size: int
    stored_size: int
    digest: str
    blob: str
    created: int
    updated: int
    expires: int


_SELECT = select(*(artifact.c[name] for name in Artifact.__struct_fields__))


def create(
    tx: Tx,
    *,
    repository_id: int,
    run_id: int,
    attempt: int,
    name: str,
    path: str,
    blob: str,
    content_type: str = "application/zip",
    runner_id: int = 0,
    expires: int = 0,
    at: int = 0,
) -> int:
    """Begin an upload; the id. Raises Conflict while the attempt has a live artifact of that name and path."""
    texts = {"name": clean(name), "path": clean(path), "content_type": clean(content_type), "digest": "", "blob": blob}
    numbers = {"size": 0, "stored_size": 0, "status": int(ArtifactStatus.PENDING), "runner_id": runner_id}
    place = {"repository_id": repository_id, "run_id": run_id, "attempt": attempt}
    times = {"created": at, "updated": at, "expires": expires}
    artifact_id: int | None = insert_once(tx, artifact, **place, **texts, **numbers, **times)
    if artifact_id is None:
        raise Conflict(f"There is already an artifact '{name}'.")
    return artifact_id


def get(tx: Tx, repository_id: int, artifact_id: int) -> Artifact:
    """An artifact of this repository. Raises NotFound."""
    found = _SELECT.where(artifact.c.id == artifact_id, artifact.c.repository_id == repository_id)
    row = tx.connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(f"The repository has no artifact {artifact_id}.")
    return artifact_of(row)


def list(
    tx: Tx,
    repository_id: int,
    *,
    run_id: int | None = None,
    name: str | None = None,
    statuses: Collection[ArtifactStatus] = LISTED,
    before: int | None = None,
    limit: int = 30,
) -> Sequence[Artifact]:
    """Artifacts of a repository, or of one of its runs, with ids below `before`, newest first."""
    found = _SELECT.where(artifact.c.repository_id == repository_id, artifact.c.status.in_([int(s) for s in statuses]))
    if run_id is not None:
        found = found.where(artifact.c.run_id == run_id)
    if name is not None:
        found = found.where(artifact.c.name == name)
    if before is not None:
        found = found.where(artifact.c.id < before)
    return [artifact_of(row) for row in tx.connection.execute(found.order_by(artifact.c.id.desc()).limit(limit))]


def confirm(
    tx: Tx, repository_id: int, artifact_id: int, *, size: int, stored_size: int, digest: str = "", at: int = 0
) -> None:
    """The upload is complete. Raises NotFound, Conflict."""
    move(tx, repository_id, artifact_id, ArtifactStatus.CONFIRMED, at)
    values = {"size": size, "stored_size": stored_size, "digest": digest}
    tx.connection.execute(update(artifact).where(artifact.c.id == artifact_id).values(values))


def move(tx: Tx, repository_id: int, artifact_id: int, status: ArtifactStatus, at: int) -> None:
    """Take a step of its life. Raises NotFound, and Conflict for a step that `TRANSITIONS` does not have."""
    if not move_all(tx, [artifact_id], status, at, repository_id=repository_id):
        known = get(tx, repository_id, artifact_id)
        raise Conflict(
            f"Artifact {artifact_id} is {known.status.name.lower()} and cannot become {status.name.lower()}."
        )


def move_all(tx: Tx, ids: Collection[int], status: ArtifactStatus, at: int, *, repository_id: int | None = None) -> int:
    """Let those of these artifacts that may take this step take it; how many."""
    sources = [int(source) for source, targets in TRANSITIONS.items() if status in targets]
    statement = update(artifact).where(artifact.c.id.in_(ids), artifact.c.status.in_(sources))
    if repository_id is not None:
        statement = statement.where(artifact.c.repository_id == repository_id)
    return tx.connection.execute(statement.values(status=int(status), updated=at)).rowcount


def artifact_of(row: Sequence[Any]) -> Artifact:
    """From the columns in the order of the fields."""
    values = [*row]
    values[7] = ArtifactStatus(values[7])
    return Artifact(*values)
