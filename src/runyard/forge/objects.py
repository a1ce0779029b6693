"""Commits, trees and blobs of a hosted repository, read through one `git cat-file` process.

Synchronous: use in a thread.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from runyard.forge.git import GitError, environment

WORKFLOW_FOLDERS = (".runyard/workflows", ".forgejo/workflows", ".gitea/workflows", ".github/workflows")
MAX_WORKFLOW_BYTES = 1 << 20
MAX_WORKFLOW_FILES = 500
_MAX_METADATA_BYTES = 64 << 20
TREE_MODE = 0o040000
_REGULAR = (0o100644, 0o100755, 0o100664)


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or committed, and when (with the time zone that git recorded)."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def title(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0].strip()


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree."""

    name: str
    mode: int
    id: str

    @property
    def is_tree(self) -> bool:
        """A directory."""
        return self.mode == TREE_MODE


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """A workflow file at a commit. `problem`: why `text` is empty (too large, not UTF-8)."""

    path: str
    blob: str
    text: str
    problem: str = ""


class ObjectReader:
    """Reads objects by name (an id, a ref, `main^{commit}` …). Use as a context manager; one thread at a time.

    What was read is remembered for its lifetime, refs included: it sees the repository as it was.
    """

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self._commits: dict[str, Commit | None] = {}
        self._trees: dict[str, list[Entry]] = {}

    def __enter__(self) -> ObjectReader:
        try:
            self._process = subprocess.Popen(
                ["git", "cat-file", "--batch-command"],
                cwd=self.repository,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise GitError(f"git could not be started in {self.repository}: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def commit(self, name: str) -> Commit | None:
        """The commit that a name leads to (tags are followed), or None."""
        if name not in self._commits:
            found = self._contents(f"{name}^{{commit}}")
            self._commits[name] = parse_commit(*found) if found else None
        return self._commits[name]

    def tree(self, name: str) -> list[Entry]:
        """The entries of a tree; a missing one is empty."""
        if name not in self._trees:
            found = self._contents(name)
            self._trees[name] = list(_entries(found[1])) if found else []
        return self._trees[name]

    def entry(self, tree: str, path: str) -> Entry | None:
        """What is at a path below a tree, or None."""
        found: Entry | None = Entry("", TREE_MODE, tree)
        for part in path.split("/"):
            if found is None or not found.is_tree:
                return None
            found = next((entry for entry in self.tree(found.id) if entry.name == part), None)
        return found

    def blob(self, name: str, limit: int) -> bytes | None:
        """The bytes of a blob, or None if it is larger than `limit` bytes or missing."""
        found = self._contents(name, limit)
        return found[1] if found else None

    def _contents(self, name: str, limit: int = _MAX_METADATA_BYTES) -> tuple[str, bytes] | None:
        info = self._ask("info", name)
        if info is None or info[1] > limit:
            return None
        header = self._ask("contents", info[0])
        if header is None:
            return None
        assert self._process.stdout is not None
        data = self._process.stdout.read(header[1] + 1)
        if len(data) != header[1] + 1:
            raise GitError(f"git stopped while reading {name}")
        return header[0], data[:-1]

    def _ask(self, command: str, name: str) -> tuple[str, int] | None:
        """The id and size of an object, or None. The name must be one line."""
        if "\n" in name or not name:
            return None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{command} {name}\n".encode("utf-8", "surrogateescape"))
            self._process.stdin.flush()
        except BrokenPipeError:
            raise GitError(f"git stopped in {self.repository}") from None
        line = self._process.stdout.readline().rstrip(b"\n")
        if not line:
            raise GitError(f"git stopped in {self.repository}")
        parts = line.rsplit(b" ", 2)
        if len(parts) != 3 or not parts[2].isdigit():
            return None
        return parts[0].decode(), int(parts[2])


def workflow_folder(reader: ObjectReader, tree: str) -> tuple[str, str] | None:
    """The path and tree id of the first workflow folder that exists at a root tree."""
    tops = {entry.name: entry for entry in reader.tree(tree) if entry.is_tree}
    for folder in WORKFLOW_FOLDERS:
        top, _, name = folder.partition("/")
        found = reader.entry(tops[top].id, name) if top in tops else None
        if found is not None and found.is_tree:
            return folder, found.id
    return None


def workflow_files(reader: ObjectReader, tree: str) -> list[WorkflowFile]:
    """The workflow files at a root tree: regular `*.yml` and `*.yaml` files directly in the first folder that exists,
    in the order of their names, at most 500.
    """
    folder = workflow_folder(reader, tree)
    if folder is None:
        return []
    path, folder_id = folder
    files = [e for e in reader.tree(folder_id) if e.mode in _REGULAR and e.name.endswith((".yml", ".yaml"))]
    return [_workflow(reader, f"{path}/{entry.name}", entry.id) for entry in files[:MAX_WORKFLOW_FILES]]


def workflow_file(reader: ObjectReader, tree: str, path: str) -> WorkflowFile | None:
    """The regular file at a path below a root tree, or None."""
    entry = reader.entry(tree, path)
    return _workflow(reader, path, entry.id) if entry is not None and entry.mode in _REGULAR else None


def _workflow(reader: ObjectReader, path: str, blob: str) -> WorkflowFile:
    data = reader.blob(blob, MAX_WORKFLOW_BYTES)
    if data is None:
        return WorkflowFile(path, blob, "", f"the file is larger than {MAX_WORKFLOW_BYTES >> 10} KiB")
    try:
        return WorkflowFile(path, blob, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return WorkflowFile(path, blob, "", f"the file is not UTF-8 text (byte {error.start})")


def _entries(data: bytes) -> Iterator[Entry]:
    position = 0
    while position < len(data):
        space = data.index(b" ", position)
        end = data.index(b"\0", space)
        name = data[space + 1 : end].decode("utf-8", "replace")
        yield Entry(name, int(data[position:space], 8), data[end + 1 : end + 21].hex())
        position = end + 21


def parse_commit(commit_id: str, data: bytes) -> Commit:
    """Read a commit object. What cannot be decoded is replaced, never refused."""
    head, _, message = data.partition(b"\n\n")
    headers: dict[str, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key:
            headers.setdefault(key.decode("ascii", "replace"), []).append(value)
    encoding = headers.get("encoding", [b"utf-8"])[0].decode("ascii", "replace")
    return Commit(
        id=commit_id,
        tree=headers["tree"][0].decode(),
        parents=tuple(parent.decode() for parent in headers.get("parent", [])),
        author=_person(headers.get("author", [b""])[0], encoding),
        committer=_person(headers.get("committer", [b""])[0], encoding),
        message=_decode(message, encoding),
    )


def _person(line: bytes, encoding: str) -> Person:
    who, _, rest = line.rpartition(b"> ")
    name, _, email = who.rpartition(b"<")
    seconds, _, zone = rest.partition(b" ")
    return Person(_decode(name, encoding).strip(), _decode(email, encoding), _when(seconds, zone))


def _when(seconds: bytes, zone: bytes) -> datetime:
    try:
        minutes = int(zone[:1] + b"1") * (int(zone[1:3]) * 60 + int(zone[3:5]))
        return datetime.fromtimestamp(int(seconds), timezone(timedelta(minutes=minutes)))
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, timezone.utc)  # noqa: UP017


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")
