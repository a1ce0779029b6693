"""What the token of a job may do, as far as the file tells."""

from __future__ import annotations

from runyard.language.convert.values import entries_of, plain_text
from runyard.language.lint.document import Job
from runyard.language.reader.nodes import MappingNode, Node

ALL = frozenset({"*"})


def permissions_of(job: Job) -> Node | None:
    """The `permissions` that hold for a job: its own or the workflow's; None where the repository's default holds."""
    return job.fields.get("permissions") or job.file.fields.get("permissions")


def written(node: Node | None) -> frozenset[str]:
    """The scopes that `permissions` lets write; `ALL` for `write-all`."""
    if isinstance(node, MappingNode):
        return frozenset(name for _, name, value in entries_of(node) if plain_text(value) == "write")
    return ALL if plain_text(node) == "write-all" else frozenset()


def may_write(job: Job) -> bool:
    """Whether the token of a job may write something, or whether that is left to the repository's default."""
    node = permissions_of(job)
    return node is None or bool(written(node))
