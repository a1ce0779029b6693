"""Opening and closing everything a server process holds."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runyard import store
from runyard.forge.hosting import Hosting
from runyard.services.context import Services, now, random_token
from runyard.services.keyring import KeyFileUnusable, Keyring, fresh_key

if TYPE_CHECKING:
    from runyard.services.settings import Settings


def open_services(
    settings: Settings, *, clock: Callable[[], int] = now, new_token: Callable[[], str] = random_token
) -> Services:
    """Create the data folder if it is missing, open (and migrate) the database; return what services work with."""
    settings.data.mkdir(parents=True, exist_ok=True)
    keyring = open_keyring(settings)
    database = store.open(settings.database_url)
    hosting = Hosting(settings.data / "repositories")
    signing_key = _kept(settings.data / "signing.key", lambda: secrets.token_bytes(32))
    return Services(database, settings, hosting, signing_key, keyring, clock=clock, new_token=new_token)


def open_keyring(settings: Settings) -> Keyring:
    """The keys of secrets: from the file that the settings name, else from `secrets.key` in the data folder.

    The latter is made when it is missing. Raises KeyFileUnusable.
    """
    if settings.secrets_key_file is None:
        path = settings.data / "secrets.key"
        _kept(path, fresh_key)
        return Keyring.read(path)
    if not settings.secrets_key_file.exists():
        raise KeyFileUnusable(
            f"There is no key file {settings.secrets_key_file}: make it with 'openssl rand -hex 32', "
            "or restore it from a backup."
        )
    return Keyring.read(settings.secrets_key_file)


async def close_services(services: Services) -> None:
    """Finish what is being written and let go of the files."""
    await services.database.close()


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes in `path`, made on first use and readable by the owner only."""
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(make())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_bytes()
