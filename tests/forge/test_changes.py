"""What a push changed."""

from __future__ import annotations

from pathlib import Path

from runyard.forge.changes import BranchChange, Kind, branch_change, branch_tips, changed_files
from runyard.forge.objects import ObjectReader
from runyard.forge.packets import RefUpdate
from tests.forge.work_tree import Tree


def change(bare: Path, update: RefUpdate, *others: RefUpdate) -> BranchChange:
    """The description of one update of a push."""
    tips = branch_tips(bare, [update, *others])
    with ObjectReader(bare) as reader:
        return branch_change(reader, update, tips)


def test_update_of_a_branch(tree: Tree, bare: Path) -> None:
    tree.commit({"a": "1", "dir/b": "1", "dir/c": "1"})
    tree.push()
    first = tree.commit({"a": "2"}, "first")
    second = tree.commit({"dir/b": None, "dir/d": "1"}, "second")
    (update,) = tree.push()
    found = change(bare, update)
    assert [pushed.commit.id for pushed in found.commits] == [first, second]
    assert (found.total, found.forced) == (2, False)
    assert found.changes.files == {"a": Kind.MODIFIED, "dir/b": Kind.REMOVED, "dir/d": Kind.ADDED}
    assert found.changes.complete
    assert found.commits[0].changes.files == {"a": Kind.MODIFIED}
    assert found.commits[1].changes.of(Kind.ADDED) == ["dir/d"]


def test_first_push_lists_everything(tree: Tree, bare: Path) -> None:
    tree.commit({"a": "1"})
    tree.commit({"b": "1"})
    (update,) = tree.push()
    found = change(bare, update)
    assert found.total == 2
    assert found.changes.files == {"a": Kind.ADDED, "b": Kind.ADDED}


def test_new_branch_is_compared_with_the_parent_of_its_oldest_new_commit(tree: Tree, bare: Path) -> None:
    tree.commit({"a": "1"})
    tree.push()
    tree.commit({"b": "1"})
    tree.commit({"c": "1"})
    (update,) = tree.push("HEAD:topic")
    found = change(bare, update)
    assert found.total == 2
    assert list(found.changes.files) == ["b", "c"]
    (again,) = tree.push("HEAD:same")
    assert change(bare, again) == BranchChange((), 0, found.changes.__class__())


def test_branches_of_one_push_do_not_hide_each_other(tree: Tree, bare: Path) -> None:
    tree.commit({"a": "1"})
    one, two = tree.push("HEAD:one", "HEAD:two")
    assert change(bare, one, two).total == 1
    assert change(bare, two, one).total == 1


def test_force_push_compares_before_and_after(tree: Tree, bare: Path) -> None:
    base = tree.commit({"a": "1"})
    tree.commit({"b": "1"})
    tree.push()
    tree.git("reset", "-q", "--hard", base)
    new = tree.commit({"c": "1"})
    (update,) = tree.push("+HEAD:main")
    found = change(bare, update)
    assert found.forced
    assert [pushed.commit.id for pushed in found.commits] == [new]
    assert found.changes.files == {"b": Kind.REMOVED, "c": Kind.ADDED}


def test_going_back_is_forced_and_has_no_commits(tree: Tree, bare: Path) -> None:
    base = tree.commit({"a": "1"})
    tree.commit({"b": "1"})
    tree.push()
    (update,) = tree.push(f"+{base}:main")
    found = change(bare, update)
    assert (found.total, found.forced, found.commits) == (0, True, ())
    assert found.changes.files == {"b": Kind.REMOVED}


def test_merge_is_not_forced(tree: Tree, bare: Path) -> None:
    tree.commit({"a": "1"})
    tree.push()
    tree.git("checkout", "-q", "-b", "topic")
    tree.commit({"b": "1"})
    tree.git("checkout", "-q", "main")
    tree.commit({"c": "1"})
    tree.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    (update,) = tree.push()
    found = change(bare, update)
    assert (found.total, found.forced) == (3, False)
    assert list(found.changes.files) == ["b", "c"]


def test_file_becomes_folder_and_back(tree: Tree, bare: Path) -> None:
    first = tree.commit({"x": "1", "link": "1"})
    (tree.path / "x").unlink()
    second = tree.commit({"x/y": "1", "x/z": "1"})
    tree.push()
    with ObjectReader(bare) as reader:
        before, after = (commit.tree for name in (first, second) if (commit := reader.commit(name)))
        there = changed_files(reader, before, after)
        assert there.files == {"x": Kind.REMOVED, "x/y": Kind.ADDED, "x/z": Kind.ADDED}
        back = changed_files(reader, after, before)
        assert back.files == {"x": Kind.ADDED, "x/y": Kind.REMOVED, "x/z": Kind.REMOVED}
        assert changed_files(reader, before, before).files == {}
        assert changed_files(reader, "", "").files == {}


def test_a_limit_makes_it_incomplete(tree: Tree, bare: Path) -> None:
    commit = tree.commit({f"f{number}": "1" for number in range(5)})
    tree.push()
    with ObjectReader(bare) as reader:
        found = reader.commit(commit)
        assert found is not None
        assert not changed_files(reader, "", found.tree, limit=4).complete
        assert changed_files(reader, "", found.tree, limit=5).complete


def test_many_commits_are_counted_and_the_newest_are_described(tree: Tree, bare: Path) -> None:
    tree.commit({"a": "0"})
    tree.push()
    ids = [tree.commit({"a": str(number)}) for number in range(1, 26)]
    (update,) = tree.push()
    found = change(bare, update)
    assert found.total == 25
    assert [pushed.commit.id for pushed in found.commits] == ids[-20:]
    assert not found.forced
