"""Compiled statements: parameters by position, whatever order the compiled text wants them in."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, literal, select

from runyard.store import Database, Tx, schema, users
from runyard.store.statement import Statement, among, deleting, inserting, numbers, updating

NAME = schema.owner.c.name


async def test_parameters_are_brought_into_order(database: Database) -> None:
    await database.write(lambda tx: [users.create(tx, name) for name in ("a", "b", "c", "d")])
    between = Statement(
        select(literal("constant"), NAME, bindparam("high"))
        .where(bindparam("low") <= NAME, bindparam("high") >= NAME, bindparam("low") != NAME)
        .order_by(NAME)
        .limit(bindparam("limit")),
        "limit",
        "low",
        "high",
    )
    assert await database.read(lambda tx: between.all(tx, 5, "a", "c")) == [
        ("constant", "b", "c"),
        ("constant", "c", "c"),
    ]
    assert await database.read(lambda tx: between.first(tx, 1, "a", "c")) == ("constant", "b", "c")
    assert await database.read(lambda tx: between.first(tx, 1, "d", "d")) is None


async def test_one_parameter_used_twice(database: Database) -> None:
    twice = Statement(select(bindparam("x") + bindparam("x", type_=schema.base.Id)), "x")
    assert await database.read(lambda tx: twice.all(tx, 21)) == [(42,)]


async def test_rows_in_bulk(database: Database) -> None:
    insert = inserting(schema.label_set, "labels")
    await database.write(lambda tx: insert.many(tx, [("a",), ("b",), ("c",)]))
    await database.write(lambda tx: insert.many(tx, []))
    update = updating(schema.label_set, "labels", where="labels")
    await database.write(lambda tx: update.many(tx, [("A", "a"), ("B", "b")]))
    delete = deleting(schema.label_set, where="labels")
    await database.write(lambda tx: delete.many(tx, [("c",)]))
    everything = Statement(select(schema.label_set.c.labels).order_by(schema.label_set.c.labels))
    assert await database.read(everything.all) == [("A",), ("B",)]
    made = inserting(schema.label_set, "labels", returning="id")
    assert await database.write(lambda tx: made.first(tx, "d")) is not None


async def test_many_rows_keep_their_numbers_whatever_their_size(database: Database) -> None:
    """PostgreSQL takes them as arrays, which must not be typed by the first small ones."""
    insert = inserting(schema.consumer, "name xid run_id seq holder expires")
    sizes = (1, 40_000, 3_000_000_000, 1_700_000_000_000, 2**62)

    def write(tx: Tx) -> int:
        return sum(
            insert.many(tx, [(f"{size}-{place}", 1, size, place, "it's {a}\\", 0) for place in range(3)])
            for size in sizes
        )

    assert await database.write(write) == 15
    stored = await database.read(
        lambda tx: tx.connection.execute(select(schema.consumer.c.run_id, schema.consumer.c.holder).distinct()).all()
    )
    assert sorted(map(tuple, stored)) == [(size, "it's {a}\\") for size in sizes]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=6)
)
async def test_many_rows_keep_their_text_whatever_it_is(database: Database, texts: list[str]) -> None:
    insert = inserting(schema.leader, "name holder expires")

    def write(tx: Tx) -> list[str]:
        tx.connection.execute(delete(schema.leader))
        insert.many(tx, [(str(place), text, 0) for place, text in enumerate(texts)])
        return [*tx.connection.execute(select(schema.leader.c.holder).order_by(schema.leader.c.name)).scalars()]

    assert await database.write(write) == texts


async def test_one_of_many_numbers(database: Database) -> None:
    ids = await database.write(lambda tx: [users.create(tx, name).id for name in ("a", "b", "c")])
    chosen = Statement(select(NAME).where(among(schema.owner.c.id, "ids")).order_by(NAME), "ids")
    others = Statement(
        select(NAME).where(among(schema.owner.c.id, "ids", negated=True), bindparam("name") != NAME).order_by(NAME),
        "ids",
        "name",
    )
    assert await database.read(lambda tx: chosen.all(tx, numbers([ids[2], ids[0], 2**40]))) == [("a",), ("c",)]
    assert await database.read(lambda tx: chosen.all(tx, numbers([]))) == []
    assert await database.read(lambda tx: others.all(tx, numbers([ids[1]]), "a")) == [("c",)]
    assert await database.read(lambda tx: others.all(tx, numbers([]), "a")) == [("b",), ("c",)]
