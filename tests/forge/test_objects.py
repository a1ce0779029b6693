"""Reading commits, trees and workflow files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from runyard.forge.git import GitError
from runyard.forge.objects import (
    MAX_WORKFLOW_BYTES,
    ObjectReader,
    WorkflowFile,
    parse_commit,
    workflow_files,
    workflow_folder,
)
from tests.forge.work_tree import Tree


def files(bare: Path, commit: str) -> list[WorkflowFile]:
    """The workflow files at a commit."""
    with ObjectReader(bare) as reader:
        found = reader.commit(commit)
        assert found is not None
        return workflow_files(reader, found.tree)


def test_commit_by_id_ref_and_annotated_tag(tree: Tree, bare: Path) -> None:
    first = tree.commit({"a": "1"}, "one")
    second = tree.commit({"a": "2"}, "Title here\n\nBody\nmore")
    tree.git("tag", "-a", "v1", "-m", "tagged")
    tree.push("main", "v1")
    with ObjectReader(bare) as reader:
        for name in (second, "refs/heads/main", "refs/tags/v1", "HEAD"):
            commit = reader.commit(name)
            assert commit is not None
            assert (commit.id, commit.parents, commit.title) == (second, (first,), "Title here")
            assert commit.message == "Title here\n\nBody\nmore\n"
            assert (commit.author.name, commit.author.email) == ("Ada", "ada@example.org")
        assert reader.commit("refs/heads/none") is None
        assert reader.commit("refs/heads/main\ninfo HEAD") is None
        assert reader.commit("") is None
        assert reader.commit("HEAD") is not None


def test_odd_commits_are_read_all_the_same() -> None:
    data = (
        b"tree " + b"1" * 40 + b"\nauthor Zo\xeb <z@x> 1700000000 +0530\ncommitter Nobody 5 x\nencoding latin-1\n"
        b"gpgsig -----BEGIN\n more\n\nol\xe9\n"
    )
    commit = parse_commit("c" * 40, data)
    assert (commit.author.name, commit.message) == ("Zoë", "olé\n")
    assert commit.author.when.utcoffset() == timedelta(hours=5, minutes=30)
    assert commit.committer.when.timestamp() == 0
    assert parse_commit("c" * 40, data.replace(b"latin-1", b"no-such")).author.name == "Zo�"


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        ([".github", ".gitea", ".forgejo", ".runyard"], ".runyard"),
        ([".github", ".gitea", ".forgejo"], ".forgejo"),
        ([".github", ".gitea"], ".gitea"),
        ([".github"], ".github"),
    ],
)
def test_the_first_folder_that_exists_is_the_only_one(tree: Tree, bare: Path, present: list[str], chosen: str) -> None:
    commit = tree.commit({f"{top}/workflows/ci.yml": top for top in present})
    tree.push()
    assert [(file.path, file.text) for file in files(bare, commit)] == [(f"{chosen}/workflows/ci.yml", chosen)]


def test_only_regular_yaml_files_directly_inside(tree: Tree, bare: Path) -> None:
    (tree.path / ".github/workflows").mkdir(parents=True)
    (tree.path / ".github/workflows/link.yml").symlink_to("b.yaml")
    commit = tree.commit(
        {
            ".github/workflows/z.yml": "z",
            ".github/workflows/b.yaml": "\ufeffb",
            ".github/workflows/readme.md": "no",
            ".github/workflows/deep/c.yml": "no",
            ".github/workflows/dir.yml/x": "no",
        }
    )
    tree.push()
    assert [(f.path.rpartition("/")[2], f.text) for f in files(bare, commit)] == [("b.yaml", "b"), ("z.yml", "z")]


def test_a_repository_without_workflows_has_none(tree: Tree, bare: Path) -> None:
    commit = tree.commit({"README": "hi", ".github/workflows": "a file, no folder"})
    tree.push()
    assert files(bare, commit) == []
    with ObjectReader(bare) as reader:
        assert workflow_folder(reader, "0" * 40) is None


def test_large_and_binary_files_have_a_problem_and_no_text(tree: Tree, bare: Path) -> None:
    tree.commit({".github/workflows/large.yml": "#" * (MAX_WORKFLOW_BYTES + 1)})
    (tree.path / ".github/workflows/odd.yml").write_bytes(b"on: push\xff")
    commit = tree.commit({})
    tree.push()
    large, odd = files(bare, commit)
    assert (large.text, large.problem) == ("", "the file is larger than 1024 KiB")
    assert (odd.text, odd.problem) == ("", "the file is not UTF-8 text (byte 8)")


def test_a_missing_repository_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(GitError), ObjectReader(tmp_path / "none") as reader:
        reader.commit("HEAD")
    (tmp_path / "empty").mkdir()
    with pytest.raises(GitError, match="git stopped"), ObjectReader(tmp_path / "empty") as reader:
        reader.commit("HEAD")
