"""What every service works with: store, settings, clock, randomness and repositories."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runyard.services.consume import Consumer
from runyard.services.fleet import Fleet
from runyard.services.task_message import TaskMessages
from runyard.services.waiting import WaitingRoom

if TYPE_CHECKING:
    from runyard.forge.hosting import Hosting
    from runyard.services.keyring import Keyring
    from runyard.services.settings import Settings
    from runyard.store import Database


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def random_token() -> str:
    """40 random hex characters."""
    return secrets.token_hex(20)


@dataclass(slots=True)
class Services:
    """Handed to every service function. One per server process.

    `signing_key` signs what this server alone checks (runtime tokens of jobs); it is kept in the data folder.
    `keyring` closes and opens secrets.
    """

    database: Database
    settings: Settings
    hosting: Hosting
    signing_key: bytes
    keyring: Keyring
    fleet: Fleet = field(default_factory=Fleet)
    waiting: WaitingRoom = field(default_factory=WaitingRoom)
    consumers: Sequence[Consumer] = ()
    clock: Callable[[], int] = now
    new_token: Callable[[], str] = random_token
    messages: TaskMessages = field(init=False)

    def __post_init__(self) -> None:
        self.messages = TaskMessages(self.settings, self.signing_key)
        self.fleet.observe(self.database.signals)
