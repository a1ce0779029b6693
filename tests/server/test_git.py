"""The real git client against the real server."""

from __future__ import annotations

import asyncio
import base64
import gzip
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.services import show
from runyard.store import repositories
from runyard.store.repositories import Repository
from tests.support.fleet import Yard, create_run
from tests.support.people import Clone, Person, clone_in, person
from tests.support.server import clean_environment


@pytest.fixture
async def ada(yard: Yard, repository: Repository) -> Person:
    """The owner of `ada/hello`."""
    return await person(yard, "ada")


@pytest.fixture
def tree(tmp_path: Path) -> Clone:
    """A working tree with one commit."""
    tree = clone_in(tmp_path / "tree")
    tree.write({"README": "hello\n"}).commit("first")
    return tree


async def clone(person: Person, repository: str, target: Path, *options: str) -> Clone:
    """Clone into a fresh folder."""
    beside = clone_in(target.with_name(f"{target.name}-beside"))
    await beside.run("clone", "-q", *options, person.remote(repository), str(target))
    return clone_in(target)


def head(tree: Clone, name: str = "HEAD") -> str:
    """The id of a revision."""
    return tree.git("rev-parse", name).stdout.strip()


async def refs(person: Person, repository: str, tree: Clone) -> dict[str, str]:
    """What the server advertises."""
    listing = (await tree.run("ls-remote", person.remote(repository))).stdout.splitlines()
    return {name: sha for sha, name in (line.split("\t") for line in listing)}


async def test_push_and_clone(ada: Person, tree: Clone, tmp_path: Path) -> None:
    await tree.upload(ada.remote("ada/hello"))
    for number, address in enumerate(("ada/hello", "ada/hello.git", "Ada/HELLO")):
        cloned = await clone(ada, address, tmp_path / f"clone{number}")
        assert head(cloned) == head(tree)
        assert (cloned.path / "README").read_text() == "hello\n"


async def test_an_empty_repository_can_be_cloned(ada: Person, tmp_path: Path) -> None:
    cloned = await clone(ada, "ada/hello", tmp_path / "empty")
    assert cloned.git("symbolic-ref", "HEAD").stdout == "refs/heads/main\n"


async def test_update_force_push_delete_and_tags(ada: Person, tree: Clone) -> None:
    remote = ada.remote("ada/hello")
    first = head(tree)
    await tree.upload(remote)
    second = tree.write({"README": "two"}).commit("second")
    tree.git("tag", "light")
    tree.git("tag", "-a", "-m", "heavy", "heavy")
    await tree.upload(remote, "HEAD:main", "HEAD:topic", "--tags")
    found = await refs(ada, "ada/hello", tree)
    assert found["refs/heads/main"] == found["refs/heads/topic"] == found["refs/tags/light"] == second
    assert found["refs/tags/heavy^{}"] == second

    tree.git("reset", "-q", "--hard", first)
    other = tree.write({"README": "three"}).commit("third")
    refused = await tree.run("push", remote, "HEAD:main", check=False)
    assert refused.returncode != 0
    await tree.upload(remote, "+HEAD:main")
    await tree.upload(remote, "--delete", "topic", "light")
    found = await refs(ada, "ada/hello", tree)
    assert found["refs/heads/main"] == other
    assert not {"refs/heads/topic", "refs/tags/light"} & set(found)


async def test_the_default_branch_cannot_be_deleted_and_atomic_means_all_or_nothing(ada: Person, tree: Clone) -> None:
    remote = ada.remote("ada/hello")
    await tree.upload(remote)
    before = await refs(ada, "ada/hello", tree)
    refused = await tree.run("push", "--atomic", remote, "HEAD:new", ":main", check=False)
    assert refused.returncode != 0
    assert await refs(ada, "ada/hello", tree) == before
    partly = await tree.run("push", remote, "HEAD:new", ":main", check=False)
    assert partly.returncode != 0
    assert set(await refs(ada, "ada/hello", tree)) == {"HEAD", "refs/heads/main", "refs/heads/new"}


async def test_shallow_partial_and_single_commit_fetches(ada: Person, tree: Clone, tmp_path: Path) -> None:
    remote = ada.remote("ada/hello")
    first = head(tree)
    for number in range(3):
        tree.write({"README": f"{number}"}).commit()
    await tree.upload(remote)
    shallow = await clone(ada, "ada/hello", tmp_path / "shallow", "--depth=1")
    assert shallow.git("rev-list", "--count", "HEAD").stdout == "1\n"
    await shallow.run("fetch", "-q", "--unshallow")
    assert shallow.git("rev-list", "--count", "HEAD").stdout == "4\n"
    partial = await clone(ada, "ada/hello", tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    assert "?" in partial.git("rev-list", "--objects", "--all", "--missing=print").stdout
    assert (await partial.run("show", f"{first}:README")).stdout == "hello\n"
    single = clone_in(tmp_path / "single")
    await single.run("fetch", "-q", "--depth=1", remote, f"+{first}:refs/remotes/origin/main")
    assert head(single, "refs/remotes/origin/main") == first


async def test_a_commit_that_no_branch_has_any_more_is_still_served(ada: Person, tree: Clone, tmp_path: Path) -> None:
    remote = ada.remote("ada/hello")
    await tree.upload(remote)
    lost = tree.write({"README": "lost"}).commit()
    await tree.upload(remote)
    await tree.upload(remote, "+HEAD~1:main")
    fetching = clone_in(tmp_path / "fetching")
    await fetching.run("-c", "protocol.version=2", "fetch", "-q", "--depth=1", remote, lost)
    assert head(fetching, "FETCH_HEAD") == lost


@pytest.mark.parametrize("version", ["0", "2"])
async def test_both_protocol_versions(ada: Person, tree: Clone, version: str) -> None:
    await tree.upload(ada.remote("ada/hello"))
    environment = clean_environment() | {"GIT_TRACE_PACKET": "1"}
    done = await asyncio.to_thread(
        subprocess.run,
        ["git", "-c", f"protocol.version={version}", "ls-remote", ada.remote("ada/hello")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("version 2" in done.stderr) == (version == "2")
    assert head(tree) in done.stdout


async def test_a_large_push_is_streamed(ada: Person, tree: Clone, tmp_path: Path) -> None:
    with (tree.path / "large").open("wb") as file:
        for _ in range(110):
            file.write(os.urandom(1 << 20))
    tree.git("-c", "core.compression=0", "add", "-A")
    tree.git("commit", "-q", "-m", "large")
    pushed = await tree.run(
        "-c", "core.compression=0", "-c", "pack.compression=0", "push", ada.remote("ada/hello"), "HEAD:main"
    )
    assert "main -> main" in pushed.stderr or "HEAD -> main" in pushed.stderr
    assert (await refs(ada, "ada/hello", tree))["refs/heads/main"] == head(tree)


async def test_a_broken_history_is_refused(ada: Person, tree: Clone) -> None:
    """A tree with an entry named `.git` must not be stored: it would be dangerous to clone."""
    blob = tree.git("rev-parse", "HEAD:README").stdout.strip()
    evil = await asyncio.to_thread(
        subprocess.run,
        ["git", "mktree"],
        cwd=tree.path,
        env=clean_environment(),
        input=f"100644 blob {blob}\t.git\n",
        capture_output=True,
        text=True,
        check=True,
    )
    commit = tree.git("commit-tree", "-m", "evil", evil.stdout.strip()).stdout.strip()
    refused = await tree.run("push", ada.remote("ada/hello"), f"{commit}:refs/heads/evil", check=False)
    assert refused.returncode != 0
    assert await refs(ada, "ada/hello", tree) == {}


async def test_pull_refs_are_the_servers_own(ada: Person, tree: Clone) -> None:
    refused = await tree.run("push", ada.remote("ada/hello"), "HEAD:refs/pull/1/head", check=False)
    assert refused.returncode != 0


async def test_the_first_branch_becomes_the_default_one(ada: Person, yard: Yard, tree: Clone, tmp_path: Path) -> None:
    await tree.upload(ada.remote("ada/hello"), "HEAD:topic", "HEAD:master")
    found = await yard.services.database.read(lambda tx: repositories.get(tx, "ada", "hello"))
    assert found.default_branch == "master"
    cloned = await clone(ada, "ada/hello", tmp_path / "cloned")
    assert cloned.git("branch", "--show-current").stdout == "master\n"
    await tree.upload(ada.remote("ada/hello"), "HEAD:main")
    found = await yard.services.database.read(lambda tx: repositories.get(tx, "ada", "hello"))
    assert found.default_branch == "master"


async def test_pushing_creates_a_private_repository(ada: Person, yard: Yard, tree: Clone) -> None:
    await tree.upload(ada.remote("ada/fresh.git"))
    found = await yard.services.database.read(lambda tx: repositories.get(tx, "ada", "fresh"))
    assert found.private
    assert (await refs(ada, "ada/fresh", tree))["refs/heads/main"] == head(tree)


async def test_who_may_do_what(ada: Person, yard: Yard, tree: Clone) -> None:
    await tree.upload(ada.remote("ada/hello"))
    await tree.upload(ada.remote("ada/secret"))
    bob, root, nobody = await person(yard, "bob"), await person(yard, "root", is_admin=True), Person(yard)
    reader = await person(yard, "ada", scopes=("read:repository",))
    wrong = Person(yard, None, "0" * 40)

    async def says(who: Person, repository: str, *arguments: str) -> str:
        done = await tree.run(*arguments[:1], who.remote(repository), *arguments[1:], check=False)
        return "" if done.returncode == 0 else done.stderr

    assert await says(nobody, "ada/hello", "ls-remote") == ""
    assert await says(bob, "ada/hello", "ls-remote") == ""
    assert "could not read Username" in await says(nobody, "ada/secret", "ls-remote")
    assert "there is no repository ada/secret" in await says(bob, "ada/secret", "ls-remote")
    assert await says(root, "ada/secret", "ls-remote") == ""
    assert await says(reader, "ada/secret", "ls-remote") == ""
    assert "could not read Username" in await says(nobody, "ada/hello", "push", "HEAD:x")
    assert "you (bob) may read ada/hello but not change it" in await says(bob, "ada/hello", "push", "HEAD:x")
    assert "not change it" in await says(reader, "ada/hello", "push", "HEAD:x")
    assert "there is no repository ada/new" in await says(bob, "ada/new", "push", "HEAD:x")
    assert "there is no repository ada/none" in await says(ada, "ada/none", "ls-remote")
    assert "Authentication failed" in await says(wrong, "ada/secret", "ls-remote")
    assert await says(root, "ada/hello", "push", "HEAD:x") == ""
    assert "there is no user or organisation 'nobody'" in await says(root, "nobody/x", "push", "HEAD:x")
    assert "is not allowed" in await says(ada, "ada/..git.git", "push", "HEAD:x")


async def test_a_jobs_token_reads_and_writes_its_own_repository_only(
    ada: Person, yard: Yard, repository: Repository, tree: Clone
) -> None:
    await tree.upload(ada.remote("ada/hello"))
    await tree.upload(ada.remote("ada/other"))
    await create_run(yard.services, repository)
    runner = await yard.runner("linux")
    task = (await runner.fetch(hold=20)).task
    job = Person(yard, None, task.secrets["GITHUB_TOKEN"])
    before = await show.runs(yard.services, ada.identity, "ada", "hello")
    tree.write({".github/workflows/ci.yml": "on: push\njobs: {a: {runs-on: x, steps: [{run: x}]}}"}).commit()
    await tree.upload(job.remote("ada/hello"), "HEAD:by-job")
    assert "refs/heads/by-job" in await refs(job, "ada/hello", tree)
    assert await show.runs(yard.services, ada.identity, "ada", "hello") == before
    assert (await tree.run("ls-remote", job.remote("ada/other"), check=False)).returncode != 0


async def test_scheme_names_are_compared_without_case(ada: Person, yard: Yard, tree: Clone) -> None:
    """As actions/checkout sends its header."""
    await tree.upload(ada.remote("ada/secret"))
    for header in (
        "AUTHORIZATION: basic " + base64.b64encode(f"x-access-token:{ada.token}".encode()).decode(),
        "AUTHORIZATION: basic " + base64.b64encode(f"{ada.token}:".encode()).decode(),
        f"Authorization: bearer {ada.token}",
        f"Authorization: token {ada.token}",
    ):
        await tree.run("-c", f"http.extraheader={header}", "ls-remote", f"{yard.base}/ada/secret")


async def test_what_is_not_gits_protocol_is_refused_in_words(ada: Person) -> None:
    dumb = await ada.get("//ada/hello/info/refs")
    assert (dumb.status, dumb.body) == (403, b"only git's smart HTTP protocol is served here\n")
    assert (await ada.get("//ada/hello/info/refs?service=git-evil")).status == 403
    assert (await ada.get("//ada/hello/git-upload-pack")).status == 405
    assert (await ada.post("//ada/hello/git-upload-pack", {})).status == 415
    pack = {"Content_Type": "application/x-git-upload-pack-request"}
    assert (await ada.post("//ada/hello/git-upload-pack", None, **pack, Content_Encoding="br")).status == 415
    bad = await ada.get("//ada/hello/info/refs?service=git-upload-pack", Authorization="Basic ???")
    assert bad.status == 401
    assert bad.headers["WWW-Authenticate"] == 'Basic realm="Runyard"'


async def upload_pack(ada: Person, body: bytes, **headers: str) -> tuple[int, bytes]:
    """A raw fetch request."""
    sent = {
        "Authorization": f"token {ada.token}",
        "Content-Type": "application/x-git-upload-pack-request",
        "Git-Protocol": "version=2",
    }
    url = f"{ada.yard.base}/ada/hello/git-upload-pack"
    async with ada.yard.session.post(url, data=body, headers=sent | headers) as answer:
        return answer.status, await answer.read()


async def test_gzip_bodies(ada: Person, tree: Clone) -> None:
    await tree.upload(ada.remote("ada/hello"))
    request = b"0014command=ls-refs\n0000"
    status, plain = await upload_pack(ada, request)
    assert (status, head(tree).encode() in plain) == (200, True)
    packed = gzip.compress(request)
    assert await upload_pack(ada, packed, **{"Content-Encoding": "gzip"}) == (200, plain)
    assert await upload_pack(ada, packed[:14], **{"Content-Encoding": "gzip"}) == (
        400,
        b"the gzip request body is cut off\n",
    )
    status, body = await upload_pack(ada, b"hello", **{"Content-Encoding": "gzip"})
    assert (status, body) == (400, b"the request body is not valid gzip\n")


def children() -> set[int]:
    """The processes that this process has started and that still live."""
    listings = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return {int(pid) for listing in listings for pid in listing.split()}


async def started(known: set[int]) -> set[int]:
    """The processes that are new since; waits for the first."""
    async with asyncio.timeout(30):
        while not (found := children() - known):  # noqa: ASYNC110
            await asyncio.sleep(0)
    return found


async def gone(pids: set[int]) -> None:
    """Wait for the end of processes."""
    loop = asyncio.get_running_loop()
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(handle, ended.set)
        try:
            async with asyncio.timeout(30):
                await ended.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)


async def test_a_damaged_repository_is_told(
    ada: Person, yard: Yard, repository: Repository, tree: Clone, caplog: pytest.LogCaptureFixture
) -> None:
    await tree.upload(ada.remote("ada/hello"))
    shutil.rmtree(yard.services.hosting.path(repository.id) / "objects")
    failed = await ada.get("//ada/hello/info/refs?service=git-upload-pack")
    assert (failed.status, failed.body.startswith(b"git failed: fatal: ")) == (500, True)
    assert "git failed for /ada/hello/info/refs" in caplog.text


async def test_a_client_that_wants_no_report(ada: Person, yard: Yard, tree: Clone) -> None:
    """What it changed is found by looking at the refs."""
    workflow = "on: delete\njobs: {a: {runs-on: x, steps: [{run: x}]}}"
    sha = tree.write({".github/workflows/ci.yml": workflow}).commit()
    await tree.upload(ada.remote("ada/hello"), "HEAD:main", "HEAD:old")
    sent = {"Authorization": f"token {ada.token}", "Content-Type": "application/x-git-receive-pack-request"}
    line = f"{sha} {'0' * 40} refs/heads/old".encode() + b"\0 delete-refs"
    body = b"%04x" % (len(line) + 4) + line + b"0000"
    async with yard.session.post(f"{yard.base}/ada/hello/git-receive-pack", data=body, headers=sent) as answer:
        assert answer.status == 200
    (run,) = await show.runs(yard.services, ada.identity, "ada", "hello", event="delete")
    assert run.run.ref == "refs/heads/main"


async def test_what_is_no_push_is_refused(ada: Person, yard: Yard) -> None:
    sent = {"Authorization": f"token {ada.token}", "Content-Type": "application/x-git-receive-pack-request"}
    async with yard.session.post(f"{yard.base}/ada/hello/git-receive-pack", data=b"hello", headers=sent) as answer:
        assert answer.status == 400
        assert await answer.text() == "a packet does not start with four hexadecimal digits\n"


async def test_a_client_that_dies_in_a_push_leaves_nothing(ada: Person, yard: Yard, repository: Repository) -> None:
    await yard.services.hosting.create(repository.id)
    sending = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        command = f"{'0' * 40} {'1' * 40} refs/heads/main".encode() + b"\0report-status side-band-64k"
        yield b"%04x" % (len(command) + 4) + command + b"0000PACK\0\0\0\2\0\0\0\1"
        sending.set()
        await asyncio.Event().wait()

    sent = {"Authorization": f"token {ada.token}", "Content-Type": "application/x-git-receive-pack-request"}
    url = f"{yard.base}/ada/hello/git-receive-pack"
    known = children()
    push = asyncio.create_task(yard.session.post(url, data=endless(), headers=sent).__aenter__())
    await sending.wait()
    git = await started(known)
    push.cancel()
    await asyncio.gather(push, return_exceptions=True)
    await gone(git)
    objects = yard.services.hosting.path(repository.id) / "objects"
    assert [entry.name for entry in objects.iterdir() if entry.name.startswith(("tmp_", "incoming"))] == []


async def test_a_client_that_dies_in_a_fetch_ends_its_git(ada: Person, yard: Yard, tree: Clone) -> None:
    (tree.path / "large").write_bytes(os.urandom(32 << 20))
    await tree.upload(ada.remote("ada/hello"), f"{tree.commit('large')}:refs/heads/main")
    known = children()
    client = await asyncio.create_subprocess_exec(
        "git", "clone", "-q", ada.remote("ada/hello"), str(tree.path / "clone"), env=clean_environment(),
        start_new_session=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    git = await started(known | {client.pid})
    os.killpg(client.pid, signal.SIGKILL)
    await client.wait()
    await gone(git)
