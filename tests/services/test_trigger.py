"""A push becomes runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.forge.objects import MAX_WORKFLOW_BYTES
from runyard.kernel import Status
from runyard.services import show
from runyard.services.identity import TaskIdentity
from runyard.services.receive_push import receive_push
from tests.support.hosted import CI, ON_PUSH, Hosted, hosted_in


@pytest.fixture
async def hosted(tmp_path: Path) -> AsyncIterator[Hosted]:
    """An empty repository."""
    async with hosted_in(tmp_path) as hosted:
        yield hosted


def on(event: str, name: str = "CI") -> str:
    """A workflow file with this `on`."""
    return f"name: {name}\non: {event}\njobs:\n  build:\n    runs-on: linux\n    steps:\n      - run: echo hi\n"


async def test_a_push_starts_the_workflow_and_tells_it_everything(hosted: Hosted) -> None:
    first = hosted.tree.commit({CI: ON_PUSH, "a": "1"}, "one")
    (started,) = await hosted.push()
    assert (started.number, started.workflow, started.title) == (1, CI, "one")
    second = hosted.tree.commit({"a": "2", "b": "1"}, "Second title\n\nwith a body")
    (again,) = await hosted.push()
    run = await hosted.run(again)
    assert (run.number, run.event, run.ref, run.sha, run.actor) == (2, "push", "refs/heads/main", second, "ada")
    assert (run.title, run.source, run.status) == ("Second title", ON_PUSH, Status.WAITING)
    github = run.github
    assert github["repository"] == "ada/hello"
    assert github["repository_owner"] == "ada"
    assert github["actor_id"] == str(hosted.owner.id)
    event = github["event"]
    assert (event["ref"], event["before"], event["after"]) == ("refs/heads/main", first, second)
    assert (event["created"], event["deleted"], event["forced"]) == (False, False, False)
    (commit,) = event["commits"]
    assert commit == event["head_commit"]
    assert (commit["id"], commit["message"]) == (second, "Second title\n\nwith a body")
    assert (commit["added"], commit["modified"], commit["removed"]) == (["b"], ["a"], [])
    assert commit["author"]["email"] == "ada@example.org"
    assert event["repository"]["full_name"] == "ada/hello"
    assert event["repository"]["owner"]["login"] == event["sender"]["login"] == event["pusher"]["name"] == "ada"
    assert event["repository"]["clone_url"] == f"{hosted.services.settings.base_url}/ada/hello.git"


async def test_one_run_per_matching_file_in_one_transaction(hosted: Hosted) -> None:
    hosted.tree.commit(
        {
            ".github/workflows/b.yml": on("push"),
            ".github/workflows/a.yaml": on("[push, pull_request]"),
            ".github/workflows/other.yml": on("pull_request"),
            ".github/workflows/notes.md": "on: push",
        }
    )
    with hosted.services.database.signals.subscribe(("queue",)) as wake:
        started = await hosted.push()
        assert await wake.wait(0)
    assert [(run.number, run.workflow) for run in started] == [
        (1, ".github/workflows/a.yaml"),
        (2, ".github/workflows/b.yml"),
    ]


async def test_each_ref_of_a_push_is_an_event_of_its_own(hosted: Hosted) -> None:
    hosted.tree.commit({CI: ON_PUSH})
    started = await hosted.push("HEAD:one", "HEAD:two")
    assert [(await hosted.run(run)).ref for run in started] == ["refs/heads/one", "refs/heads/two"]


@pytest.mark.parametrize(
    ("filters", "runs"),
    [
        ("{branches: [main]}", True),
        ("{branches: ['release/**']}", False),
        ("{branches-ignore: [main]}", False),
        ("{tags: ['v*']}", False),
        ("{paths: ['src/**']}", True),
        ("{paths: ['docs/**']}", False),
        ("{paths-ignore: ['src/**']}", False),
        ("{branches: [main], paths: ['*.md', 'src/*']}", True),
    ],
)
async def test_filters_of_a_branch_push(hosted: Hosted, filters: str, runs: bool) -> None:
    hosted.tree.commit({"README": "1"})
    await hosted.push()
    hosted.tree.commit({CI: on(f"{{push: {filters}}}")})
    await hosted.push()
    hosted.tree.commit({"src/main.py": "1"})
    assert bool(await hosted.push()) is runs


async def test_tags(hosted: Hosted) -> None:
    sha = hosted.tree.commit({CI: on("{push: {tags: ['v*'], paths: [never]}}")})
    assert await hosted.push() == []
    hosted.tree.git("tag", "-a", "-m", "first", "v1")
    hosted.tree.git("tag", "x1")
    (started,) = await hosted.push("v1", "x1")
    run = await hosted.run(started)
    assert (run.ref, run.sha) == ("refs/tags/v1", sha)
    event = run.github["event"]
    assert (event["after"], event["created"]) == (hosted.tree.git("rev-parse", "v1"), True)
    assert (event["commits"], event["head_commit"]["id"]) == ([], sha)


async def test_more_than_three_tags_at_once_start_nothing(hosted: Hosted) -> None:
    hosted.tree.commit({CI: on("[push, create]")})
    await hosted.push()
    for name in ("a", "b", "c", "d"):
        hosted.tree.git("tag", name)
    assert len(await hosted.push("a", "b", "c")) == 6
    hosted.tree.git("tag", "e")
    hosted.tree.git("tag", "f")
    hosted.tree.git("tag", "g")
    assert await hosted.push("d", "e", "f", "g") == []


async def test_create_and_delete(hosted: Hosted) -> None:
    head = hosted.tree.commit({CI: on("[create, delete]")})
    created = await hosted.push("HEAD:main", "HEAD:topic")
    assert [(await hosted.run(run)).event for run in created] == ["create", "create"]
    (deleted,) = await hosted.push(":topic")
    run = await hosted.run(deleted)
    assert (run.event, run.ref, run.sha) == ("delete", "refs/heads/main", head)
    assert run.github["event"]["ref"] == "topic"
    assert run.github["event"]["ref_type"] == "branch"


async def test_a_deleted_branch_starts_no_push(hosted: Hosted) -> None:
    hosted.tree.commit({CI: ON_PUSH})
    await hosted.push("HEAD:main", "HEAD:topic")
    assert await hosted.push(":topic") == []


async def test_refs_that_are_neither_branch_nor_tag_are_passed_over(hosted: Hosted) -> None:
    hosted.tree.commit({CI: ON_PUSH})
    assert await hosted.push("HEAD:refs/notes/x") == []


@pytest.mark.parametrize("message", ["fix [skip ci]", "fix\n\nbody [no ci]", "fix\n\nskip-checks: true"])
async def test_the_commit_message_may_ask_for_no_run(hosted: Hosted, message: str) -> None:
    hosted.tree.commit({CI: ON_PUSH, ".github/workflows/broken.yml": "on: ["}, message)
    assert await hosted.push() == []


async def test_a_broken_file_fails_its_run_and_says_where(hosted: Hosted) -> None:
    hosted.tree.commit({CI: "on: push\njobs:\n  build:\n    steps: oops\n", ".github/workflows/ok.yml": ON_PUSH})
    broken, fine = await hosted.push()
    assert (broken.workflow, broken.status) == (CI, Status.FAILURE)
    assert fine.status is Status.WAITING
    run = await hosted.run(broken)
    assert (run.status, run.attempt.jobs) == (Status.FAILURE, {})
    assert all(each.path == CI and each.message for each in run.diagnostics)
    assert any(each.line in (3, 4) and each.column > 0 for each in run.diagnostics)


async def test_a_file_that_no_event_can_start_is_broken(hosted: Hosted) -> None:
    hosted.tree.commit({CI: on("pushed"), ".github/workflows/half.yml": on("[pushed, issues]")})
    (started,) = await hosted.push()
    run = await hosted.run(started)
    assert (run.workflow, run.status) == (CI, Status.FAILURE)
    assert [(each.line, each.column) for each in run.diagnostics] == [(2, 5)]
    assert "pushed" in run.diagnostics[0].message


async def test_a_broken_file_does_not_run_at_other_events(hosted: Hosted) -> None:
    hosted.tree.commit({CI: "on: ["})
    assert len(await hosted.push("HEAD:main", "HEAD:topic")) == 2
    assert await hosted.push(":topic") == []


async def test_a_file_that_cannot_be_read_is_broken_too(hosted: Hosted) -> None:
    hosted.tree.commit({CI: "#" * (MAX_WORKFLOW_BYTES + 1)})
    (started,) = await hosted.push()
    run = await hosted.run(started)
    assert run.status is Status.FAILURE
    assert [each.message for each in run.diagnostics] == ["the file is larger than 1024 KiB"]


async def test_the_author_is_told_and_sees_the_runs(hosted: Hosted) -> None:
    hosted.tree.commit({CI: ON_PUSH, ".github/workflows/x.yml": "on: ["})
    lines = await receive_push(hosted.services, hosted.repository, hosted.identity, hosted.tree.push())
    address = f"{hosted.services.settings.base_url}/ada/hello/actions/runs"
    assert lines == [
        f"{CI} started run 1: {address}/1",
        f".github/workflows/x.yml cannot be used: {address}/2",
    ]
    listed = await show.runs(hosted.services, hosted.identity, "ada", "hello")
    assert [each.run.number for each in listed] == [2, 1]


async def test_a_jobs_own_push_starts_nothing(hosted: Hosted) -> None:
    hosted.tree.commit({CI: ON_PUSH})
    job = TaskIdentity(task_id=1, repository_id=hosted.repository.id, run_id=1)
    assert await receive_push(hosted.services, hosted.repository, job, hosted.tree.push()) == []


async def test_a_failure_is_told_and_the_push_stays(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    hosted.tree.commit({CI: ON_PUSH})
    updates = hosted.tree.push()
    hosted.services.hosting.delete(hosted.repository.id)
    lines = await receive_push(hosted.services, hosted.repository, hosted.identity, updates)
    assert lines == ["The push is stored, but its workflows could not be started; the server's log says why."]
    assert "ada/hello" in caplog.text
