"""Secrets of repositories, owners and the server: stored, listed by name, given to jobs, never shown."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from runyard.services.errors import NotFound
from runyard.services.keyring import KeyMissing
from runyard.services.scopes import checked_description, checked_name, checked_value
from runyard.store import secrets
from runyard.store.errors import NotFound as NoSuchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.kernel.state import Run
    from runyard.services.context import Services
    from runyard.services.keyring import Keyring
    from runyard.store import Tx
    from runyard.store.scopes import Scope
    from runyard.store.secrets import Sealed, Secret

_BATCH = 100

log = logging.getLogger(__name__)


async def list_secrets(
    services: Services, scope: Scope, *, after: str = "", limit: int = 50
) -> tuple[Sequence[Secret], int]:
    """Names and times of exactly this scope's secrets, by name, and how many there are."""

    def read(tx: Tx) -> tuple[Sequence[Secret], int]:
        return secrets.list(tx, scope, after=after, limit=limit), secrets.count(tx, scope)

    return await services.database.read(read)


async def put_secret(services: Services, scope: Scope, name: str, value: str, description: str | None = None) -> bool:
    """Store a secret in place of an earlier one; whether the name is new. Raises Invalid."""
    checked = checked_name("secret", name)
    described = checked_description(description)
    data = services.keyring.close(checked_value("secret", value), scope, checked)
    key_id, at = services.keyring.current, services.clock()
    return await services.database.write(
        lambda tx: secrets.put(tx, scope, checked, key_id=key_id, data=data, description=described, at=at)
    )


async def delete_secret(services: Services, scope: Scope, name: str) -> None:
    """Remove a secret. Raises NotFound, Invalid (no secret can have that name)."""
    checked = checked_name("secret", name)
    try:
        await services.database.write(lambda tx: secrets.delete(tx, scope, checked))
    except NoSuchRow as error:
        raise NotFound(f"there is no secret '{checked}' here") from error


def run_secrets(services: Services, tx: Tx, run: Run) -> dict[str, str]:
    """What the jobs of a run may be given, by name, in clear: nothing when others' code runs.

    That is a run of a fork, approved or not, unless it was started by `pull_request_target`, whose file is ours.
    Raises KeyMissing.
    """
    if run.fork and run.event != "pull_request_target":
        return {}
    open_ = services.keyring.open
    found = secrets.effective(tx, run.repository_id)
    return {name: open_(each.key_id, each.data, each.scope, name) for name, each in found.items()}


async def close_anew(services: Services) -> int:
    """Close with the current key what other keys of the file closed; how many secrets were. Others are left alone."""
    keyring, done, after = services.keyring, 0, 0

    def step(tx: Tx, found: Sequence[Sealed]) -> int:
        return sum(_close_anew(keyring, tx, sealed) for sealed in found)

    while True:
        at = after
        page = await services.database.read(
            lambda tx, at=at: secrets.closed_otherwise(tx, keyring.current, after=at, limit=_BATCH)  # type: ignore[misc]
        )
        if not page:
            return done
        after = page[-1].id
        done += await services.database.write(partial(step, found=page))


def _close_anew(keyring: Keyring, tx: Tx, sealed: Sealed) -> bool:
    try:
        text = keyring.open(sealed.key_id, sealed.data, sealed.scope, sealed.name)
    except KeyMissing as error:
        log.error("%s; restore the key, or store the secret anew", error)
        return False
    secrets.replace(tx, sealed, key_id=keyring.current, data=keyring.close(text, sealed.scope, sealed.name))
    return True
