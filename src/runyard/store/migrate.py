"""Bring a database to the schema of this code. Alembic is imported only when something is to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from runyard.store.errors import DataTooNew

HEAD = "0009"
"""The newest revision in `migrations/versions`."""


def migrate(connection: Connection, place: str) -> None:
    """Upgrade inside the connection's transaction. `place` names the database in errors. Raises DataTooNew."""
    current = _current(connection)
    if current == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise DataTooNew(
            f"The database {place} was written by a newer Runyard (schema {current}; this one knows up to {HEAD}). "
            "Start the newer version, or restore a backup made before the upgrade."
        )
    command.upgrade(config, "head")


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
