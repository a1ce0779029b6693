"""Opening a database: addresses, migrations, locks, and what is said when it cannot be done."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from runyard import store
from runyard.store import Database, DataLocked, DataTooNew, DataUnwritable, migrate, users
from runyard.store.schema import metadata


async def test_data_is_there_after_opening_again(database_url: str) -> None:
    first = store.open(database_url)
    made = await first.write(lambda tx: users.create(tx, "ada"))
    await first.close()
    second = store.open(database_url)
    assert await second.read(lambda tx: users.get(tx, "ada")) == made
    await second.close()


async def test_the_migrations_make_the_schema(database: Database) -> None:
    def compare(tx: store.Tx) -> Any:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    assert await database.read(compare) == []


async def test_the_migrations_write_the_same_sql_as_the_schema(tmp_path: Path) -> None:
    """Also what a comparison of metadata does not see: partial indexes, tables without rowid, AUTOINCREMENT."""
    await store.open(f"sqlite:///{tmp_path / 'migrated.db'}").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert statements(tmp_path / "migrated.db") == statements(tmp_path / "created.db")


def statements(path: Path) -> set[str]:
    """The words of each definition in a SQLite file; their order depends on the order of constraints."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'")
    found = {" ".join(sorted(re.findall(r"[^\s,()]+", row[0]))) for row in rows}
    connection.close()
    return found


def test_the_code_knows_its_newest_revision() -> None:
    folder = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [migrate.HEAD]


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    database = store.open(database_url)
    await database.write(lambda tx: tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(DataTooNew, match=r"written by a newer Runyard \(schema 9999; .*\)"):
        store.open(database_url)


async def test_one_server_per_sqlite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runyard.db'}"
    first = store.open(url)
    with pytest.raises(DataLocked, match=re.escape(f"The database {tmp_path / 'runyard.db'} is in use by another")):
        store.open(url)
    await first.close()
    await store.open(url).close()


async def test_several_servers_share_a_postgresql_database(database: Database, database_url: str) -> None:
    if database.dialect == "sqlite":
        return
    other = store.open(database_url)
    await database.write(lambda tx: users.create(tx, "ada"))
    assert (await other.read(lambda tx: users.get(tx, "ada"))).name == "ada"
    await other.close()


def test_the_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(DataUnwritable, match=re.escape(f"The folder {tmp_path / 'no'} of the database")):
        store.open(f"sqlite:///{tmp_path / 'no' / 'runyard.db'}")


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Ada, " * 500)
    with pytest.raises(DataUnwritable, match="file is not a database"):
        store.open(f"sqlite:///{path}")
    assert path.read_text() == "Dear Ada, " * 500
    path.unlink()
    await store.open(f"sqlite:///{path}").close()


def test_a_postgresql_server_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(DataUnwritable, match=r"(?s)cannot be used: .*Check that the server runs"):
        store.open(f"postgresql://ada:secret@/runyard?host={tmp_path}")


@pytest.mark.parametrize("url", ["", "runyard.db", "sqlite://", "sqlite:///:memory:", "mysql://host/name", "a:b:c"])
def test_addresses_that_are_not_supported(url: str) -> None:
    with pytest.raises(DataUnwritable, match=r"write sqlite:///path/to/runyard.db or postgresql://"):
        store.open(url)


def test_a_refused_address_does_not_show_its_password() -> None:
    with pytest.raises(DataUnwritable) as caught:
        store.open("mysql://ada:secret@host/name")
    assert "secret" not in str(caught.value)
