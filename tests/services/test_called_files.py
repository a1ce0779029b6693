"""Reusable workflows are found when a run is made, in the run's repository and in others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from runyard.kernel import Run, Status
from runyard.services.context import Services
from runyard.store import Tx, repositories, users
from runyard.store.repositories import Repository
from tests.forge.work_tree import Tree
from tests.support.hosted import CI, Hosted, hosted_in

CALLED = ".github/workflows/called.yml"
ONE = "on: workflow_call\njobs:\n  only:\n    runs-on: linux\n    steps:\n      - run: echo hi\n"


def calling(*references: str, on: str = "push") -> str:
    """A file that calls these, one after the other."""
    jobs = "".join(f"  c{index}:\n    uses: {reference}\n" for index, reference in enumerate(references))
    return f"on: {on}\njobs:\n{jobs}"


@pytest.fixture
async def hosted(tmp_path: Path) -> AsyncIterator[Hosted]:
    """An empty repository."""
    async with hosted_in(tmp_path) as hosted:
        yield hosted


async def other(services: Services, folder: Path, owner: str, *, private: bool) -> tuple[Repository, Tree]:
    """Another repository `owner/library`, with a working tree."""

    def make(tx: Tx) -> Repository:
        known = users.get(tx, owner) if owner == "ada" else users.create(tx, owner)
        return repositories.create(tx, known.id, "library", private=private)

    repository = await services.database.write(make)
    return repository, Tree(folder / "library", await services.hosting.create(repository.id))


async def started(hosted: Hosted, files: dict[str, str | None]) -> Run:
    """The run that a push of these files starts."""
    hosted.tree.commit(files)
    (run,) = await hosted.push()
    return await hosted.run(run)


def jobs(run: Run) -> dict[str, Status]:
    """The jobs by name."""
    return {job.name: job.status for job in run.attempt.jobs.values()}


@pytest.mark.parametrize("form", ["./", "$/"])
async def test_a_file_of_the_same_commit(hosted: Hosted, form: str) -> None:
    run = await started(hosted, {CI: calling(form + CALLED), CALLED: ONE})
    assert run.called == {form + CALLED: ONE}
    assert jobs(run) == {"c0": Status.WAITING, "c0 / only": Status.WAITING}


async def test_what_is_called_by_what_is_called(hosted: Hosted) -> None:
    deeper = ".github/workflows/deeper.yml"
    run = await started(
        hosted, {CI: calling(f"./{CALLED}"), CALLED: calling(f"./{deeper}", on="workflow_call"), deeper: ONE}
    )
    assert set(run.called) == {f"./{CALLED}", f"./{deeper}"}
    assert "c0 / c0 / only" in jobs(run)


@pytest.mark.parametrize(("owner", "private"), [("bob", False), ("ada", False), ("ada", True)])
async def test_a_file_of_another_repository(hosted: Hosted, tmp_path: Path, owner: str, private: bool) -> None:
    _, tree = await other(hosted.services, tmp_path, owner, private=private)
    hosted.repository = replace(hosted.repository, private=private)
    tree.commit({CALLED: calling("./.github/workflows/x.yml", on="workflow_call"), ".github/workflows/x.yml": ONE})
    tree.push("HEAD:refs/heads/main", "HEAD:refs/tags/v1")
    run = await started(hosted, {CI: calling(f"{owner}/library/{CALLED}@v1")})
    assert set(run.called) == {f"{owner}/library/{CALLED}@v1", f"{owner}/library/.github/workflows/x.yml@v1"}
    assert "c0 / c0 / only" in jobs(run)


async def test_a_commit_names_a_file_of_another_repository(hosted: Hosted, tmp_path: Path) -> None:
    _, tree = await other(hosted.services, tmp_path, "bob", private=False)
    commit = tree.commit({CALLED: ONE})
    tree.push()
    assert (await started(hosted, {CI: calling(f"bob/library/{CALLED}@{commit}")})).status is Status.WAITING


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("./.github/workflows/none.yml", "was not found: ada/hello has no file '.github/workflows/none.yml' at commit"),
        (f"bob/library/{CALLED}@v1", "was not found: there is no repository 'bob/library' here that is public, or"),
        (f"bob/nothing/{CALLED}@v1", "was not found: there is no repository 'bob/nothing' here that is public, or"),
        (f"ada/hello/{CALLED}@nope", "was not found: ada/hello has no branch, tag or commit 'nope'"),
    ],
)
async def test_what_cannot_be_called_fails_the_run_there(
    hosted: Hosted, tmp_path: Path, reference: str, problem: str
) -> None:
    _, tree = await other(hosted.services, tmp_path, "bob", private=True)
    tree.commit({CALLED: ONE})
    tree.push("HEAD:refs/tags/v1")
    run = await started(hosted, {CI: calling(reference)})
    (found,) = run.diagnostics
    assert (run.status, found.path, found.line, found.column) == (Status.FAILURE, CI, 4, 11)
    assert found.message.startswith(f"The called workflow '{reference}' {problem}")


async def test_a_private_repository_is_not_called_by_a_public_one(hosted: Hosted, tmp_path: Path) -> None:
    _, tree = await other(hosted.services, tmp_path, "ada", private=True)
    tree.commit({CALLED: ONE})
    tree.push("HEAD:refs/tags/v1")
    (found,) = (await started(hosted, {CI: calling(f"ada/library/{CALLED}@v1")})).diagnostics
    assert "there is no repository 'ada/library' here" in found.message


async def test_a_circle_is_named(hosted: Hosted) -> None:
    deeper = ".github/workflows/deeper.yml"
    files: dict[str, str | None] = {
        CALLED: calling(f"./{deeper}", on="workflow_call"),
        deeper: calling(f"./{CALLED}", on="workflow_call"),
    }
    (found,) = (await started(hosted, {CI: calling(f"./{CALLED}"), **files})).diagnostics
    assert found.message == (f"The called workflow './{CALLED}' calls itself: ./{CALLED} → ./{deeper} → ./{CALLED}")


async def test_too_many_files(hosted: Hosted) -> None:
    names = [f".github/workflows/f{number}.yml" for number in range(51)]
    run = await started(hosted, {CI: calling(*(f"./{name}" for name in names)), **dict.fromkeys(names, ONE)})
    assert any("Too many workflows are referenced" in found.message for found in run.diagnostics)
