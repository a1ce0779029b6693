"""What the operator decides about executions on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GracePeriods:
    """How long a stopped process tree may take: seconds after SIGINT, then after SIGTERM, before SIGKILL."""

    interrupt: float = 7.5
    terminate: float = 2.5


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """`work_root` holds one directory per running job and the shared tool cache.

    `server_url` is the address that jobs see and that checkout fetches from. `source` puts the job's own repository
    into a folder: checkout then calls it instead of fetching. `environment` are variables of every job, weaker
    than the workflow's own. `debug` shows `::debug::` rows. `default_actions_url` is used when the task names none.
    """

    work_root: Path
    name: str = "runyard"
    server_url: str = ""
    source: Callable[[Path], None] | None = None
    tool_cache: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    default_actions_url: str = ""
    debug: bool = False
    grace: GracePeriods = GracePeriods()
