"""Rows of artifacts and caches: legal steps, whose they are, what is found."""

from __future__ import annotations

from itertools import product

import pytest

from runyard.store import Conflict, Database, NotFound, Tx, artifacts, caches, repositories, runs, users
from runyard.store.artifacts import TRANSITIONS, ArtifactStatus
from runyard.store.repositories import Repository
from tests.store.histories import waiting_run

PATHS = {
    ArtifactStatus.PENDING: (),
    ArtifactStatus.CONFIRMED: (ArtifactStatus.CONFIRMED,),
    ArtifactStatus.ERROR: (ArtifactStatus.ERROR,),
    ArtifactStatus.EXPIRED: (ArtifactStatus.CONFIRMED, ArtifactStatus.EXPIRED),
    ArtifactStatus.PENDING_DELETION: (ArtifactStatus.ERROR, ArtifactStatus.PENDING_DELETION),
    ArtifactStatus.DELETED: (ArtifactStatus.CONFIRMED, ArtifactStatus.PENDING_DELETION, ArtifactStatus.DELETED),
}


async def test_an_artifact_takes_legal_steps_only(database: Database, repository: Repository) -> None:
    def write(tx: Tx) -> None:
        run_id, _ = runs.create(tx, waiting_run(repository.id))
        for number, (before, after) in enumerate(product(ArtifactStatus, repeat=2)):
            made = create(tx, repository.id, run_id, f"a{number}")
            for step in PATHS[before]:
                artifacts.move(tx, repository.id, made, step, 5)
            if after in TRANSITIONS[before]:
                artifacts.move(tx, repository.id, made, after, 9)
            else:
                with pytest.raises(Conflict, match=f"is {before.name.lower()} and cannot become {after.name.lower()}"):
                    artifacts.move(tx, repository.id, made, after, 9)
            known = artifacts.get(tx, repository.id, made)
            assert (known.status, known.updated == 9) == (
                (after, True) if after in TRANSITIONS[before] else (before, False)
            )

    await database.write(write)


async def test_artifacts_are_found_by_repository_and_listed_newest_first(
    database: Database, repository: Repository
) -> None:
    def write(tx: Tx) -> tuple[Repository, list[int]]:
        other = repositories.create(tx, users.create(tx, "bob").id, "hello")
        run_ids = [runs.create(tx, waiting_run(repository.id, number))[0] for number in (1, 2)]
        made = [create(tx, repository.id, run_id, name) for run_id in run_ids for name in ("a", "b")]
        for each in made:
            artifacts.confirm(tx, repository.id, each, size=9, stored_size=7, digest="sha256:1", at=3)
        create(tx, repository.id, run_ids[0], "pending")
        return other, [run_ids[0], *made]

    other, (first_run, *made) = await database.write(write)
    with pytest.raises(NotFound):
        await database.read(lambda tx: artifacts.get(tx, other.id, made[0]))
    with pytest.raises(NotFound):
        await database.write(lambda tx: artifacts.move(tx, other.id, made[0], ArtifactStatus.EXPIRED, 9))

    def listed(tx: Tx) -> list[list[int]]:
        page = artifacts.list(tx, repository.id, limit=3)
        return [
            [each.id for each in page],
            [each.id for each in artifacts.list(tx, repository.id, before=page[-1].id)],
            [each.id for each in artifacts.list(tx, repository.id, run_id=first_run)],
            [each.id for each in artifacts.list(tx, repository.id, name="a")],
            [each.id for each in artifacts.list(tx, other.id)],
        ]

    a, b, c, d = made
    assert await database.read(listed) == [[d, c, b], [a], [b, a], [c, a], []]


async def test_a_name_is_free_again_when_its_artifact_goes(database: Database, repository: Repository) -> None:
    def write(tx: Tx) -> None:
        run_id, _ = runs.create(tx, waiting_run(repository.id))
        made = create(tx, repository.id, run_id, "a")
        with pytest.raises(Conflict):
            create(tx, repository.id, run_id, "a")
        artifacts.confirm(tx, repository.id, made, size=1, stored_size=1)
        with pytest.raises(Conflict):
            create(tx, repository.id, run_id, "a")
        artifacts.move(tx, repository.id, made, ArtifactStatus.PENDING_DELETION, 9)
        create(tx, repository.id, run_id, "a")

    await database.write(write)


def create(tx: Tx, repository_id: int, run_id: int, name: str) -> int:
    return artifacts.create(
        tx, repository_id=repository_id, run_id=run_id, attempt=1, name=name, path=f"{name}.zip", blob=name
    )


async def test_a_cache_is_found_by_key_then_by_prefix_in_the_nearest_scope(
    database: Database, repository: Repository
) -> None:
    def make(tx: Tx, scope: str, key: str, at: int, *, commit: bool = True) -> int:
        made = caches.reserve(tx, repository_id=repository.id, scope=scope, key=key, version="v", blob="b", at=at)
        if commit:
            caches.commit(tx, repository.id, made, size=5, at=at)
        return made

    def find(tx: Tx, *keys: str, version: str = "v", at: int = 50) -> str | None:
        found = caches.find(tx, repository.id, ["branch", "main"], version, keys, at=at)
        return None if found is None else f"{found.scope} {found.key}"

    def write(tx: Tx) -> None:
        make(tx, "main", "npm-1", 1)
        make(tx, "main", "npm-12", 2)
        make(tx, "main", "NPM-1", 3)
        make(tx, "branch", "pip-%", 4)
        waiting = make(tx, "branch", "npm-1", 5, commit=False)
        assert find(tx, "npm-1") == "main npm-1"
        assert find(tx, "npm-") == "main npm-12"
        assert find(tx, "none", "pip") == "branch pip-%"
        assert find(tx, "pip-_") is None
        assert find(tx, "npm-1", version="w") is None
        caches.commit(tx, repository.id, waiting, size=1, at=6)
        assert find(tx, "npm-1", at=77) == "branch npm-1"
        with pytest.raises(Conflict):
            make(tx, "main", "npm-1", 9)
        used = {(each.scope, each.key): each.used for each in caches.list(tx, repository.id)}
        assert used["branch", "npm-1"] == 77
        assert used["main", "NPM-1"] == 3
        assert [each.key for each in caches.list(tx, repository.id, prefix="npm", limit=2)] == ["npm-1", "npm-12"]
        assert caches.doom(tx, [waiting], repository_id=repository.id + 1) == 0
        assert caches.doom(tx, [waiting], repository_id=repository.id) == 1
        assert find(tx, "npm-1") == "main npm-1"
        make(tx, "branch", "npm-1", 9)
        assert [each.id for each in caches.doomed(tx)] == [waiting]
        caches.remove(tx, [each.id for each in caches.list(tx, repository.id)] + [waiting])
        assert len(caches.list(tx, repository.id)) == 5
        assert caches.doomed(tx) == []

    await database.write(write)
