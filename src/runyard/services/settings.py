"""What an operator may set, with defaults that suit one machine. The CLI reads files and the environment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from runyard.kernel.causes import Cause
from runyard.kernel.limits import DAY, HOUR, MINUTE, SECOND, Limits


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a server.

    `data` is the folder that holds everything the server keeps; `database` a store URL, empty = `runyard.db` in `data`;
    `url` the address under which people and runners reach this server, empty = made of host and port.

    `lease_seconds`: a runner that is silent for so long has lost its task. `delivery_seconds`: how soon it must be
    heard of after it was given a task. `cancel_seconds`: how long a cancelled task may go on tidying up.
    `abandoned_hours`: how long a job may wait for a runner. `overtime_minutes`: how much longer than its
    `timeout-minutes` a job may run before the server stops it. `approval_days`: how long a run from a fork may wait
    to be approved. `run_days`: how long an attempt may take in all.

    `running_jobs`: how many jobs of one repository may run at once, 0 = no limit. `retry_times`: how often a job whose
    runner was lost is given out again, for `retry_causes`, first after `retry_seconds`, then after twice as long every
    time, never after more than `retry_longest_seconds`. Repositories may decide otherwise.

    `log_bytes`: how much text of a job's log is kept, 0 = all. `requests_per_minute`: how often one token or
    address may ask the API, the pages and git, 0 = as often as it likes; runners are not counted.

    `sweep_seconds`: the safety net's pace. `fetch_hold_seconds`: how long an idle FetchTask of a client that tells no
    deadline is held, `fetch_hold_max_seconds` that of a patient one. `event_days`: how long after its end a run's
    events are kept (its state is not touched), 0 = for ever.

    `keep_run_days`, `keep_run_count`: how long ended runs of a repository are kept, and how many; `keep_log_days` and
    `keep_log_bytes`, `keep_artifact_days` and `keep_artifact_bytes`, `keep_cache_days` (since the last use) and
    `keep_cache_bytes`: the same for logs, artifacts and caches, in bytes for each repository. 0 = no limit.
    Repositories may decide otherwise. `retention_hours`: how often what is to go is removed, 0 = only on demand.

    `secrets_key_file`: the keys that close secrets, None = `secrets.key` in `data`.
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
    abandoned_hours: float = 24
    overtime_minutes: float = 5
    approval_days: float = 30
    run_days: float = 35
    running_jobs: int = 0
    retry_times: int = 0
    retry_causes: tuple[str, ...] = (Cause.LOST_RUNNER,)
    retry_seconds: float = 10
    retry_longest_seconds: float = 600
    event_days: float = 90
    keep_run_days: int = 0
    keep_run_count: int = 0
    keep_log_days: int = 365
    keep_log_bytes: int = 0
    keep_artifact_days: int = 90
    keep_artifact_bytes: int = 0
    keep_cache_days: int = 7
    keep_cache_bytes: int = 10 * 1024**3
    retention_hours: float = 24
    secrets_key_file: Path | None = None
    max_attempts: int = 50
    log_bytes: int = 256 * 1024**2
    requests_per_minute: int = 0
    max_body_bytes: int = 64 * 1024 * 1024
    log_level: str = "info"

    @property
    def limits(self) -> Limits:
        """How long things may take, as the kernel wants it."""
        return Limits(
            abandoned=int(self.abandoned_hours * HOUR),
            overtime=int(self.overtime_minutes * MINUTE),
            cancelling=int(self.cancel_seconds * SECOND),
            approval=int(self.approval_days * DAY),
            run=int(self.run_days * DAY),
        )

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


LIMITS = (
    "lease_seconds",
    "delivery_seconds",
    "cancel_seconds",
    "abandoned_hours",
    "overtime_minutes",
    "approval_days",
    "run_days",
    "running_jobs",
    "retry_times",
    "retry_causes",
    "retry_seconds",
    "retry_longest_seconds",
    "max_attempts",
    "log_bytes",
    "requests_per_minute",
    "keep_run_days",
    "keep_run_count",
    "keep_log_days",
    "keep_log_bytes",
    "keep_artifact_days",
    "keep_artifact_bytes",
    "keep_cache_days",
    "keep_cache_bytes",
    "retention_hours",
)


def with_limits(settings: Settings, chosen: Iterable[str]) -> Settings:
    """The settings with limits given as `name=value` (several causes: separated by commas). Raises ValueError."""
    kinds = {each.name: each.type for each in msgspec.structs.fields(Settings) if each.name in LIMITS}
    values: dict[str, object] = {}
    for each in chosen:
        name, _, text = each.partition("=")
        if name not in kinds:
            raise ValueError(f"There is no limit '{name}'; there are: {', '.join(LIMITS)}.")
        if name == "retry_causes":
            values[name] = tuple(filter(None, text.split(",")))
            continue
        try:
            value = msgspec.convert(text, kinds[name], strict=False)
        except msgspec.ValidationError:
            raise ValueError(f"The limit {name} must be a number, not '{text}'.") from None
        if not 0 <= value < (2**53 if name.endswith("_bytes") else 1e9):
            raise ValueError(f"The limit {name} cannot be {text}: it must be 0 or more, and finite.")
        values[name] = value
    return msgspec.structs.replace(settings, **values)
