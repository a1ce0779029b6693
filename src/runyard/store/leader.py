"""Which of several server processes does the work that only one may do: a lease with an expiry, renewed while alive."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from runyard.store.database import Tx
from runyard.store.schema import leader


def lead(tx: Tx, name: str, holder: str, now: int, expires: int) -> bool:
    """Take, keep or take over the lease `name` until `expires`; False while another process has it.

    A lease that reaches twice as far as this one was given by a clock that is ahead: nobody waits for its end. A SQLite
    file has one process: it always leads. Times in milliseconds.
    """
    if tx.dialect == "sqlite":
        return True
    wanted = insert(leader).values(name=name, holder=holder, expires=expires)
    taken = wanted.on_conflict_do_update(
        index_elements=("name",),
        set_={"holder": holder, "expires": expires},
        where=(leader.c.holder == holder) | ~leader.c.expires.between(now + 1, expires + (expires - now)),
    ).returning(leader.c.holder)
    return tx.connection.execute(taken).first() is not None


def resign(tx: Tx, name: str, holder: str) -> None:
    """Let go of the lease, if it is this process's, so that nobody has to wait for its end."""
    if tx.dialect == "sqlite":
        return
    tx.connection.execute(delete(leader).where(leader.c.name == name, leader.c.holder == holder))


def holder_of(tx: Tx, name: str) -> str | None:
    """Who has the lease."""
    return tx.connection.execute(select(leader.c.holder).where(leader.c.name == name)).scalar_one_or_none()
