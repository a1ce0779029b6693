"""What a push changed: its commits and the files that differ. Synchronous: use in a thread."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runyard.forge.git import call
from runyard.forge.objects import TREE_MODE, Commit, Entry, ObjectReader
from runyard.forge.packets import RefUpdate

MAX_COMMITS = 1000
MAX_FILES = 3000
_DETAILED_COMMITS = 20
BRANCHES = "refs/heads/"


class Kind(enum.StrEnum):
    """How a file differs."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths that differ between two trees, each with how. Not `complete`: there are more than we list."""

    files: dict[str, Kind] = field(default_factory=dict)
    complete: bool = True

    def of(self, kind: Kind) -> list[str]:
        """The paths that differ in this way."""
        return [path for path, how in self.files.items() if how is kind]


@dataclass(frozen=True, slots=True)
class PushedCommit:
    """A commit of a push, with what it changed against its first parent."""

    commit: Commit
    changes: Changes


@dataclass(frozen=True, slots=True)
class BranchChange:
    """What a push did to a branch. `commits`: the newest 20 new ones, oldest first; `total` counts all (at most 1000).

    `changes` compares the branch before and after; for a new branch, with the parent of its oldest new commit.
    `forced`: commits that the branch had are no longer on it.
    """

    commits: tuple[PushedCommit, ...]
    total: int
    changes: Changes
    forced: bool = False


def branch_change(reader: ObjectReader, update: RefUpdate, known: Sequence[str]) -> BranchChange:
    """Describe the update of a branch that still exists. `known`: commits of the repository before the push (used for a
    new branch, whose commits are those that no other branch had).
    """
    appended = _appended(reader, update)
    ids = appended or new_commits(reader.repository, update.after, known if update.is_creation else [update.before])
    detailed = [commit for commit in map(reader.commit, reversed(ids[:_DETAILED_COMMITS])) if commit is not None]
    return BranchChange(
        commits=tuple(PushedCommit(commit, _own_changes(reader, commit)) for commit in detailed),
        total=len(ids),
        changes=_all_changes(reader, update, ids),
        forced=not appended and _is_forced(reader, update),
    )


def _appended(reader: ObjectReader, update: RefUpdate) -> list[str]:
    """The new commits, newest first, of the plain case that needs no other process: a few, one after the other."""
    ids: list[str] = []
    name = update.after
    while not update.is_creation and len(ids) < _DETAILED_COMMITS:
        commit = reader.commit(name)
        if commit is None or len(commit.parents) != 1:
            break
        ids.append(commit.id)
        name = commit.parents[0]
        if name == update.before:
            return ids
    return []


def _is_forced(reader: ObjectReader, update: RefUpdate) -> bool:
    return not update.is_creation and bool(new_commits(reader.repository, update.before, [update.after], limit=1))


def _all_changes(reader: ObjectReader, update: RefUpdate, ids: Sequence[str]) -> Changes:
    if not update.is_creation:
        return changed_files(reader, _tree(reader, update.before), _tree(reader, update.after))
    if not ids:
        return Changes()
    deepest = reader.commit(ids[-1])
    parent = deepest.parents[0] if deepest is not None and deepest.parents else ""
    changes = changed_files(reader, _tree(reader, parent), _tree(reader, update.after))
    return changes if len(ids) < MAX_COMMITS else Changes(changes.files, complete=False)


def _own_changes(reader: ObjectReader, commit: Commit) -> Changes:
    return changed_files(reader, _tree(reader, commit.parents[0]) if commit.parents else "", commit.tree)


def _tree(reader: ObjectReader, commit_id: str) -> str:
    commit = reader.commit(commit_id) if commit_id else None
    return commit.tree if commit else ""


def branch_tips(repository: Path, updates: Iterable[RefUpdate]) -> list[str]:
    """The heads of all branches as they were before these updates."""
    changed = {update.ref: update for update in updates}
    listing = call(repository, "for-each-ref", "--format=%(objectname) %(refname)", BRANCHES)
    tips = [sha for sha, _, name in (line.partition(" ") for line in listing.splitlines()) if name not in changed]
    return tips + [update.before for update in changed.values() if not update.is_creation]


def new_commits(repository: Path, after: str, known: Iterable[str], limit: int = MAX_COMMITS) -> list[str]:
    """Ids of the commits that `after` has and `known` have not, newest first, at most `limit`."""
    revisions = "\n".join([after, *(f"^{sha}" for sha in known)])
    return call(repository, "rev-list", f"--max-count={limit}", "--stdin", text=f"{revisions}\n").split()


def changed_files(reader: ObjectReader, before: str, after: str, limit: int = MAX_FILES) -> Changes:
    """The files that differ between two trees ("" = the empty tree), in path order. A rename is a removal and an
    addition.
    """
    files: dict[str, Kind] = {}
    for path, kind in _differences(reader, before, after):
        if len(files) == limit:
            return Changes(files, complete=False)
        files[path] = kind
    return Changes(files)


def _differences(reader: ObjectReader, before: str, after: str) -> Iterator[tuple[str, Kind]]:
    pending = [("", _root(before), _root(after))]
    while pending:
        path, old, new = pending.pop()
        if old is not None and new is not None and (old.id, old.mode) == (new.id, new.mode):
            continue
        old_file = old is not None and not old.is_tree
        new_file = new is not None and not new.is_tree
        if old_file or new_file:
            yield path, Kind.MODIFIED if old_file and new_file else Kind.ADDED if new_file else Kind.REMOVED
        was, now = _children(reader, old), _children(reader, new)
        prefix = f"{path}/" if path else ""
        pending += [(prefix + n, was.get(n), now.get(n)) for n in sorted(was.keys() | now.keys(), reverse=True)]


def _root(tree: str) -> Entry | None:
    return Entry("", TREE_MODE, tree) if tree else None


def _children(reader: ObjectReader, entry: Entry | None) -> dict[str, Entry]:
    return {child.name: child for child in reader.tree(entry.id)} if entry is not None and entry.is_tree else {}
