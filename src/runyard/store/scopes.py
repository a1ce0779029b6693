"""Whose a variable or secret is: a repository's, an owner's (user or organisation), or the server's."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Table, and_, bindparam, literal_column, select, union_all

from runyard.store.schema import repository


class Scope(NamedTuple):
    """At most one of the two ids is there; neither: the server."""

    owner_id: int | None = None
    repository_id: int | None = None

    def __str__(self) -> str:
        if self.repository_id is not None:
            return f"repository/{self.repository_id}"
        return "server" if self.owner_id is None else f"owner/{self.owner_id}"


SERVER = Scope()


def within(table: Table, scope: Scope) -> ColumnElement[bool]:
    """The rows of exactly this scope."""
    return and_(table.c.owner_id == scope.owner_id, table.c.repository_id == scope.repository_id)


def reaching(table: Table, *columns: ColumnElement[Any]) -> CompoundSelect[Any]:
    """The rows that hold for the repository of the parameter `repository`: its own, its owner's and the server's.

    A first column ranks them: the highest wins.
    """
    owner_id = select(repository.c.owner_id).where(repository.c.id == bindparam("repository")).scalar_subquery()
    ranked = (
        within(table, SERVER),
        and_(table.c.owner_id == owner_id, table.c.repository_id.is_(None)),
        table.c.repository_id == bindparam("repository"),
    )
    return union_all(*(select(literal_column(str(rank)), *columns).where(where) for rank, where in enumerate(ranked)))
