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

if TYPE_CHECKING:
    from runyard.services.settings import Settings


def open_services(
    settings: Settings, *, clock: Callable[[], int] = now, new_token: Callable[[], str] = random_token
) -> Services:
    """Create the data folder if it is missing, open (and migrate) the database; return what services work with."""
    settings.data.mkdir(parents=True, exist_ok=True)
    database = store.open(settings.database_url)
    hosting = Hosting(settings.data / "repositories")
    key = _signing_key(settings.data / "signing.key")
    return Services(database, settings, hosting, key, clock=clock, new_token=new_token)


async def close_services(services: Services) -> None:
    """Finish what is being written and let go of the files."""
    services.hub.close()
    await services.database.close()


def _signing_key(path: Path) -> bytes:
    """The 32 bytes in `path`, made on first use and readable by the owner only."""
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_bytes()
