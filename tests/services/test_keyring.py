"""Closing and opening secrets, and exchanging the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from runyard.services.keyring import KeyFileUnusable, KeyMissing, Keyring, fresh_key
from runyard.services.secrets import close_anew, list_secrets, put_secret
from runyard.store import Tx, secrets
from runyard.store.schema import secret
from runyard.store.scopes import SERVER, Scope
from tests.support.fleet import create_repository, services_on

KEYRING = Keyring([b"a" * 32])
SCOPES = st.sampled_from([SERVER, Scope(owner_id=1), Scope(repository_id=1), Scope(repository_id=2)])


@given(st.text(st.characters(codec="utf-8")), SCOPES, SCOPES, st.sampled_from("AB"), st.sampled_from("AB"))
def test_a_value_opens_where_it_was_closed_only(text: str, at: Scope, other: Scope, name: str, changed: str) -> None:
    data = KEYRING.close(text, at, name)
    assert data != KEYRING.close(text, at, name)
    if (at, name) == (other, changed):
        assert KEYRING.open(KEYRING.current, data, other, changed) == text
    else:
        with pytest.raises(KeyMissing):
            KEYRING.open(KEYRING.current, data, other, changed)


def test_a_changed_value_does_not_open() -> None:
    data = bytearray(KEYRING.close("text", SERVER, "A"))
    data[-1] ^= 1
    with pytest.raises(KeyMissing, match="secret 'A' does not open"):
        KEYRING.open(KEYRING.current, bytes(data), SERVER, "A")


def test_key_files(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    path.write_bytes(fresh_key() + b"\n" + fresh_key())
    data = Keyring.read(path).close("text", SERVER, "A")
    lines = path.read_text().split()
    path.write_text("\n".join(reversed(lines)))
    turned = Keyring.read(path)
    assert turned.open(Keyring([bytes.fromhex(lines[0])]).current, data, SERVER, "A") == "text"
    assert turned.current == Keyring([bytes.fromhex(lines[1])]).current
    for content, message in (("", "is empty"), (f"{lines[0]}\nabc", "Line 2 of"), (lines[0][2:], "Line 1 of")):
        path.write_text(content)
        with pytest.raises(KeyFileUnusable, match=message):
            Keyring.read(path)


async def test_the_key_of_a_server_is_outside_the_database_and_its_owners_only(tmp_path: Path) -> None:
    async with services_on(tmp_path) as services:
        await put_secret(services, SERVER, "A", "hunter2")
        assert (tmp_path / "secrets.key").stat().st_mode & 0o777 == 0o600
    assert b"hunter2" not in (tmp_path / "runyard.db").read_bytes()
    with pytest.raises(KeyFileUnusable, match="There is no key file"):
        async with services_on(tmp_path, secrets_key_file=tmp_path / "other.key"):
            pass


async def test_a_new_first_key_closes_everything_anew(tmp_path: Path) -> None:
    async with services_on(tmp_path) as services:
        scope = Scope(repository_id=(await create_repository(services)).id)
        for number in range(205):
            await put_secret(services, scope, f"S{number}", f"value {number}")
        await put_secret(services, SERVER, "LOST", "x")
        await services.database.write(lambda tx: tx.connection.execute(_lose("LOST")))
    key = tmp_path / "secrets.key"
    new = fresh_key()
    key.write_bytes(new + key.read_bytes())
    async with services_on(tmp_path) as services:
        assert await close_anew(services) == 205
        assert await close_anew(services) == 0
    key.write_bytes(new)
    async with services_on(tmp_path) as services:
        assert (await list_secrets(services, scope))[1] == 205

        def opened(tx: Tx) -> dict[str, str]:
            found = secrets.effective(tx, scope.repository_id or 0)
            del found["LOST"]
            return {name: services.keyring.open(s.key_id, s.data, s.scope, name) for name, s in found.items()}

        assert await services.database.read(opened) == {f"S{number}": f"value {number}" for number in range(205)}
        ids = await services.database.read(lambda tx: set(tx.connection.execute(select(secret.c.key_id)).scalars()))
        assert ids == {services.keyring.current, "lost"}


def _lose(name: str) -> Any:
    return update(secret).where(secret.c.name == name).values(key_id="lost")
