"""Repositories: where they belong and who may see them. Their content lives elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select, update

from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.names import check_repository_name, key_of
from runyard.store.plain import clean, insert_once
from runyard.store.schema import owner, repository
from runyard.store.statement import Statement


class Repository(msgspec.Struct, frozen=True):
    """A repository with the name of its owner."""

    id: int
    owner_id: int
    owner: str
    name: str
    private: bool
    description: str
    default_branch: str
    created: int


_COLUMNS = tuple(owner.c.name if name == "owner" else repository.c[name] for name in Repository.__struct_fields__)
_SELECT = select(*_COLUMNS).join_from(repository, owner)
_GET = Statement(
    _SELECT.where(owner.c.name_key == bindparam("owner"), repository.c.name_key == bindparam("name")), "owner", "name"
)
_BY_ID = Statement(_SELECT.where(repository.c.id == bindparam("id")), "id")


def create(
    tx: Tx,
    owner_id: int,
    name: str,
    *,
    private: bool = False,
    description: str = "",
    default_branch: str = "main",
    created: int = 0,
) -> Repository:
    """Add a repository. Raises InvalidName, NotFound for the owner, Conflict when the owner has one of that name."""
    check_repository_name(name)
    if tx.connection.execute(select(owner.c.id).where(owner.c.id == owner_id)).one_or_none() is None:
        raise NotFound(f"There is no user or organisation with the id {owner_id}.")
    fields: dict[str, Any] = {
        "owner_id": owner_id, "name": name, "private": private, "description": clean(description),
        "default_branch": default_branch, "created": created,
    }  # fmt: skip
    repository_id = insert_once(tx, repository, name_key=key_of(name), last_run_number=0, **fields)
    if repository_id is None:
        raise Conflict(f"There is already a repository '{name}'.")
    return by_id(tx, repository_id)


def get(tx: Tx, owner_name: str, name: str) -> Repository:
    """The repository `owner/name`, in any case. Raises NotFound."""
    row = _GET.first(tx, key_of(owner_name), key_of(name))
    if row is None:
        raise NotFound(f"There is no repository '{owner_name}/{name}'.")
    return _repository(row)


def by_id(tx: Tx, repository_id: int) -> Repository:
    """The repository with this id. Raises NotFound."""
    row = _BY_ID.first(tx, repository_id)
    if row is None:
        raise NotFound(f"There is no repository with the id {repository_id}.")
    return _repository(row)


def list(
    tx: Tx,
    *,
    visible_to: int | None = None,
    is_admin: bool = False,
    owner_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Repository]:
    """Repositories that a user may see (public, own; all for admins), newest first, with ids below `before`."""
    statement = _SELECT.order_by(repository.c.id.desc()).limit(limit)
    if not is_admin:
        statement = statement.where(or_(repository.c.private.is_(False), repository.c.owner_id == visible_to))
    if owner_id is not None:
        statement = statement.where(repository.c.owner_id == owner_id)
    if before is not None:
        statement = statement.where(repository.c.id < before)
    return [Repository(*row) for row in tx.connection.execute(statement)]


def set_default_branch(tx: Tx, repository_id: int, branch: str) -> None:
    """Change the default branch. Raises NotFound."""
    statement = update(repository).where(repository.c.id == repository_id).values(default_branch=branch)
    if tx.connection.execute(statement).rowcount == 0:
        raise NotFound(f"There is no repository with the id {repository_id}.")


def _repository(row: Sequence[Any]) -> Repository:
    """From `_COLUMNS`, as the driver gives them."""
    repository_id, owner_id, owner_name, name, private, *rest = row
    return Repository(repository_id, owner_id, owner_name, name, bool(private), *rest)
