"""Repositories on the disk."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from runyard.forge import Hosting
from runyard.forge.git import GitError
from tests.support.server import clean_environment


def setting(path: Path, name: str) -> str:
    """One value of the repository's configuration."""
    done = subprocess.run(
        ["git", "config", name], cwd=path, env=clean_environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


async def test_created_bare_without_hooks_and_with_strict_receiving(tmp_path: Path) -> None:
    hosting = Hosting(tmp_path)
    path = await hosting.create(300, "trunk")
    assert path == tmp_path / "2c" / "300.git"
    assert hosting.exists(300)
    assert (path / "HEAD").read_text() == "ref: refs/heads/trunk\n"
    assert not (path / "hooks").exists()
    assert setting(path, "core.bare") == "true"
    assert setting(path, "receive.fsckObjects") == "true"
    assert setting(path, "receive.fsck.badTimezone") == "ignore"
    assert setting(path, "uploadpack.allowFilter") == "true"
    assert setting(path, "gc.pruneExpire") == "never"


async def test_creating_again_changes_nothing_also_at_the_same_time(tmp_path: Path) -> None:
    hosting = Hosting(tmp_path)
    paths = await asyncio.gather(*(hosting.create(1, "main") for _ in range(4)))
    assert len(set(paths)) == 1
    (paths[0] / "marker").touch()
    await hosting.create(1, "other")
    assert (paths[0] / "marker").exists()
    assert [entry.name for entry in paths[0].parent.iterdir()] == ["1.git"]


async def test_head_moves_and_repositories_go(tmp_path: Path) -> None:
    hosting = Hosting(tmp_path)
    path = await hosting.create(1)
    await hosting.set_default_branch(1, "next")
    assert (path / "HEAD").read_text() == "ref: refs/heads/next\n"
    hosting.delete(1)
    assert not hosting.exists(1)
    hosting.delete(1)


async def test_a_disk_that_refuses_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GitError, match="cannot create a repository under"):
        await Hosting(tmp_path / "file").create(1)
    with pytest.raises(GitError, match="could not be started"):
        await Hosting(tmp_path).set_default_branch(1, "main")


def test_only_positive_numbers_become_paths(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not positive"):
        Hosting(tmp_path).path(0)
