"""What retention removes and what it leaves, on a server's data."""

from __future__ import annotations

from typing import Any

from runyard.kernel import Status
from runyard.services import show
from runyard.services.context import Services
from runyard.services.identity import Anonymous
from runyard.services.retain import DAY, Report, retain
from runyard.services.retention_policy import (
    RetentionPolicy,
    artifact_expiry,
    hold_run,
    keep_of,
    release_run,
    set_policy,
)
from runyard.store import NotFound, Tx, artifacts, caches, logs, retention, runs
from runyard.store.artifacts import ArtifactStatus
from runyard.store.repositories import Repository
from tests.store.histories import claimed, ended, waiting_run


async def test_what_is_old_goes_and_a_dry_run_says_what_would(services: Services, repository: Repository) -> None:
    await keep(services, repository, run_days=10)
    old = await ended_run(services, repository, 1, days_ago=11, log=["hello"])
    young = await ended_run(services, repository, 2, days_ago=9)
    open_run = await ended_run(services, repository, 3, days_ago=11, end=False)
    said = await retain(services, dry_run=True)
    assert named(said) == [("run", old, 1, "older than 10 days")]
    assert said.bytes["run"] > 0
    assert await present(services, old, young, open_run) == [old, young, open_run]
    assert named(await retain(services)) == named(said)
    assert await present(services, old, young, open_run) == [young, open_run]
    assert named(await retain(services)) == []


async def test_only_the_newest_so_many_are_kept(services: Services, repository: Repository) -> None:
    made = [await ended_run(services, repository, number) for number in range(1, 6)]
    await keep(services, repository, run_count=2)
    assert named(await retain(services)) == [
        ("run", run, number, "beyond 2 runs") for number, run in enumerate(made[:3], 1)
    ]
    assert await present(services, *made) == made[3:]


async def test_a_run_on_hold_is_kept_with_all_it_has(services: Services, repository: Repository) -> None:
    held = await ended_run(services, repository, 1, days_ago=500, log=["hello"])
    await artifact(services, repository, held, expires=services.clock() - 1)
    await keep(services, repository, run_days=1, run_count=0, log_days=1, artifact_bytes=1)
    await hold_run(services, repository, held, by="ada", reason="audit")
    assert named(await retain(services)) == []
    await release_run(services, repository, held)
    assert {kind for kind, *_ in named(await retain(services, dry_run=True))} == {"run", "log", "artifact"}
    await retain(services)
    assert await present(services, held) == []


async def test_an_old_log_says_that_it_is_gone(services: Services, repository: Repository) -> None:
    run_id = await ended_run(services, repository, 1, days_ago=400, log=["one", "two"])
    young = await ended_run(services, repository, 2, days_ago=300, log=["three"])
    assert named(await retain(services)) == [("log", await task_of(services, run_id), 1, "older than 365 days")]
    view = await show.run_by_id(services, Anonymous(), "ada", "hello", run_id)
    gone = await show.log(services, view, 1)
    assert [line.text for line in gone.lines] == ["This log was removed on 2023-11-14."]
    assert (gone.length, gone.complete) == (1, True)
    assert (await show.log(services, view, 1, start=1)).lines == []
    view = await show.run_by_id(services, Anonymous(), "ada", "hello", young)
    assert [line.text for line in (await show.log(services, view, 1)).lines] == ["three"]


async def test_the_oldest_logs_beyond_a_share_go(services: Services, repository: Repository) -> None:
    made = [await ended_run(services, repository, number, log=["x" * 100]) for number in range(1, 5)]
    size = (await services.database.read(lambda tx: retention.logs_of_runs(tx, repository.id, retention.END)))[0][
        0
    ].bytes
    await keep(services, repository, log_bytes=2 * size)
    assert named(await retain(services)) == [
        ("log", await task_of(services, run), number, f"the repository's logs exceed {2 * size} bytes")
        for number, run in ((2, made[1]), (1, made[0]))
    ]
    assert named(await retain(services)) == []


async def test_artifacts_expire_lose_their_bytes_and_are_still_listed(
    services: Services, repository: Repository
) -> None:
    run_id = await ended_run(services, repository, 1)
    now = services.clock()
    due = await artifact(services, repository, run_id, "due", expires=now)
    later = await artifact(services, repository, run_id, "later", expires=now + 1)
    never = await artifact(services, repository, run_id, "never")
    lost = await artifact(services, repository, run_id, "lost", confirm=False, at=now - 2 * DAY)
    assert {(kind, id, reason) for kind, id, _, reason in named(await retain(services))} == {
        ("artifact", due, "expired"),
        ("artifact", lost, "never uploaded completely"),
    }
    assert await statuses(services, repository, due, later, never, lost) == [
        "EXPIRED",
        "CONFIRMED",
        "CONFIRMED",
        "DELETED",
    ]
    assert files(services) == {"blob-later", "blob-never"}
    listed = await services.database.read(lambda tx: artifacts.list(tx, repository.id))
    assert [each.name for each in listed] == ["never", "later", "due"]


async def test_a_run_goes_only_after_the_bytes_of_its_artifacts(services: Services, repository: Repository) -> None:
    run_id = await ended_run(services, repository, 1, days_ago=11)
    await artifact(services, repository, run_id, "a")
    await artifact(services, repository, run_id, "b", confirm=False)
    assert await services.database.write(lambda tx: retention.remove_runs(tx, [run_id])) == 0
    await keep(services, repository, run_days=10)
    await retain(services)
    assert (await present(services, run_id), files(services)) == ([], set())


async def test_the_oldest_artifacts_beyond_a_share_go(services: Services, repository: Repository) -> None:
    run_id = await ended_run(services, repository, 1)
    made = [await artifact(services, repository, run_id, name) for name in ("a", "b", "c")]
    await keep(services, repository, artifact_bytes=25)
    assert [id for _, id, *_ in named(await retain(services))] == [made[0]]
    assert await statuses(services, repository, *made) == ["EXPIRED", "CONFIRMED", "CONFIRMED"]


async def test_caches_go_by_their_last_use_and_by_size(services: Services, repository: Repository) -> None:
    now = services.clock()
    await keep(services, repository, cache_bytes=20)
    for key, days_ago in (("old", 8), ("newest", 0), ("newer", 1), ("third", 2)):
        await cache(services, repository, key, now - days_ago * DAY)
    await cache(services, repository, "lost", now - 2 * DAY, commit=False)
    assert {due.due.name: due.reason for due in (await retain(services)).items} == {
        "old": "not used for 7 days",
        "third": "the repository's caches exceed 20 bytes",
        "lost": "never uploaded completely",
    }
    left = await services.database.read(lambda tx: caches.list(tx, repository.id))
    assert ([each.key for each in left], files(services)) == (["newer", "newest"], {"cache-newer", "cache-newest"})


async def test_repositories_decide_over_the_server(services: Services, repository: Repository) -> None:
    assert keep_of(services.settings, RetentionPolicy(run_days=3, cache_bytes=0))[:4] == (3, 0, 365, 0)
    await keep(services, repository, artifact_days=5)

    def expiry(tx: Tx) -> list[int]:
        return [artifact_expiry(services, tx, repository.id, days) for days in (None, 2, 9)]

    days = [(each - services.clock()) // DAY for each in await services.database.read(expiry)]
    assert days == [5, 2, 5]


def named(report: Report) -> list[tuple[str, int, int, str]]:
    """Kind, id, run number and reason of each."""
    assert sum(report.counts.values()) == len(report.items)
    return [(each.kind, each.due.id, each.due.run, each.reason) for each in report.items]


async def keep(services: Services, repository: Repository, **policy: int) -> None:
    """Decide for the repository."""
    await set_policy(services, repository, RetentionPolicy(**policy))


async def ended_run(
    services: Services,
    repository: Repository,
    number: int,
    *,
    days_ago: int = 0,
    log: list[str] | None = None,
    end: bool = True,
) -> int:
    """A run of one job that ended then; its id."""
    at = services.clock() - days_ago * DAY
    events = waiting_run(repository.id, number) + claimed() + (ended() if end else [])
    moved: list[Any] = [type(event)(**{**as_dict(event), "at": at}) for event in events]

    def write(tx: Tx) -> int:
        run_id, _ = runs.create(tx, moved)
        if log:
            (task_id,) = runs.task_ids(tx, run_id, 1).values()
            logs.append(tx, task_id, 0, [(1, line) for line in log], no_more=True)
        return run_id

    return await services.database.write(write)


def as_dict(event: Any) -> dict[str, Any]:
    """The fields of an event."""
    return {name: getattr(event, name) for name in event.__struct_fields__}


async def present(services: Services, *run_ids: int) -> list[int]:
    """Those runs that are still there."""

    def read(tx: Tx) -> list[int]:
        found = []
        for run_id in run_ids:
            try:
                assert runs.load(tx, run_id).status is not Status.UNKNOWN
            except NotFound:
                continue
            found.append(run_id)
        return found

    return await services.database.read(read)


async def task_of(services: Services, run_id: int) -> int:
    """The id of the run's only task."""
    (task_id,) = (await services.database.read(lambda tx: runs.task_ids(tx, run_id, 1))).values()
    return task_id


async def artifact(
    services: Services,
    repository: Repository,
    run_id: int,
    name: str = "a",
    *,
    expires: int = 0,
    confirm: bool = True,
    at: int | None = None,
) -> int:
    """An artifact of ten bytes with its file."""
    blob(services, f"blob-{name}")

    def write(tx: Tx) -> int:
        when = services.clock() if at is None else at
        made = artifacts.create(
            tx, repository_id=repository.id, run_id=run_id, attempt=1, name=name, path=f"{name}.zip",
            blob=f"blob-{name}", expires=expires, at=when,
        )  # fmt: skip
        if confirm:
            artifacts.confirm(tx, repository.id, made, size=12, stored_size=10, at=when)
        return made

    return await services.database.write(write)


async def cache(services: Services, repository: Repository, key: str, at: int, *, commit: bool = True) -> None:
    """A cache entry of ten bytes with its file."""
    blob(services, f"cache-{key}")

    def write(tx: Tx) -> None:
        made = caches.reserve(
            tx, repository_id=repository.id, scope="refs/heads/main", key=key, version="v", blob=f"cache-{key}", at=at
        )
        if commit:
            caches.commit(tx, repository.id, made, size=10, at=at)

    await services.database.write(write)


def blob(services: Services, name: str) -> None:
    """Bytes on the disk."""
    folder = services.settings.data / "blobs"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"0123456789")


def files(services: Services) -> set[str]:
    """What bytes there are."""
    return {path.name for path in (services.settings.data / "blobs").iterdir()}


async def statuses(services: Services, repository: Repository, *ids: int) -> list[str]:
    """The artifacts' statuses."""

    def read(tx: Tx) -> list[ArtifactStatus]:
        return [artifacts.get(tx, repository.id, each).status for each in ids]

    return [status.name for status in await services.database.read(read)]
