"""How tables are written: one naming of constraints, and the column kinds that all share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, MetaData, SmallInteger, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def id() -> Column[int]:
    """A number that is never used twice, even after its row is gone."""
    return Column("id", Id, primary_key=True)


def number(name: str, *, primary_key: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=False, primary_key=primary_key, autoincrement=False)


def text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def status() -> Column[int]:
    return Column("status", SmallInteger, nullable=False)


def reference(name: str, target: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """A foreign key whose row goes when the target goes."""
    key = ForeignKey(target, ondelete="CASCADE")
    return Column(name, BigInteger, key, nullable=nullable, primary_key=primary_key, autoincrement=False)
