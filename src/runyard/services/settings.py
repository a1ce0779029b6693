"""What an operator may set, with defaults that suit one machine. The CLI reads files and the environment."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a server.

    `data` is the folder that holds everything the server keeps; `database` a store URL, empty = `runyard.db` in `data`;
    `url` the address under which people and runners reach this server, empty = made of host and port.

    `lease_seconds`: a runner that is silent for so long has lost its task. `delivery_seconds`: how soon it must be
    heard of after it was given a task. `cancel_seconds`: how long a cancelled task may go on tidying up.
    `sweep_seconds`: the safety net's pace. `fetch_hold_seconds`: how long an idle FetchTask of a client that tells no
    deadline is held, `fetch_hold_max_seconds` that of a patient one.
    """

    data: Path
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 3000
    url: str = ""
    lease_seconds: float = 60
    delivery_seconds: float = 15
    sweep_seconds: float = 30
    fetch_hold_seconds: float = 4
    fetch_hold_max_seconds: float = 50
    cancel_seconds: float = 660
    max_attempts: int = 50
    max_body_bytes: int = 64 * 1024 * 1024
    log_level: str = "info"

    @property
    def database_url(self) -> str:
        """The store URL in force."""
        return self.database or f"sqlite:///{self.data.absolute() / 'runyard.db'}"

    @property
    def base_url(self) -> str:
        """This server's address without a trailing slash."""
        if self.url:
            return self.url.rstrip("/")
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
