"""Values that somebody other than the author of a workflow chooses.

A path is a context and its properties in lower case, `*` for an index: `github.event.commits.*.message`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as Choice

from runyard.language.diagnostics import Severity
from runyard.language.expressions.tree import Function, Index, Literal, Logical, NamedValue, Node

Path = tuple[str, ...]
Who = Choice["outsider", "caller", "starter"]
"""`outsider`: anybody who can open an issue or a pull request. `caller`: the workflow that calls this file, or a
program that sends an event. `starter`: somebody with write access who starts the workflow by hand."""

SEVERITIES: dict[Who, Severity] = {"outsider": "error", "caller": "warning", "starter": "information"}
"""How bad it is when their text becomes code."""

_OUTSIDER_TEXTS = """
github.head_ref
github.event.issue.title
github.event.issue.body
github.event.pull_request.title
github.event.pull_request.body
github.event.pull_request.head.ref
github.event.pull_request.head.label
github.event.pull_request.head.repo.default_branch
github.event.pull_request.head.repo.description
github.event.pull_request.head.repo.homepage
github.event.comment.body
github.event.review.body
github.event.review_comment.body
github.event.discussion.title
github.event.discussion.body
github.event.answer.body
github.event.changes.title.from
github.event.changes.body.from
github.event.forkee.description
github.event.forkee.homepage
github.event.forkee.default_branch
github.event.pages.*.page_name
github.event.pages.*.title
github.event.pages.*.summary
github.event.commits.*.message
github.event.commits.*.author.email
github.event.commits.*.author.name
github.event.commits.*.committer.email
github.event.commits.*.committer.name
github.event.head_commit.message
github.event.head_commit.author.email
github.event.head_commit.author.name
github.event.head_commit.committer.email
github.event.head_commit.committer.name
github.event.merge_group.head_commit.message
github.event.merge_group.head_commit.author.email
github.event.merge_group.head_commit.author.name
github.event.workflow_run.head_branch
github.event.workflow_run.display_title
github.event.workflow_run.head_commit.message
github.event.workflow_run.head_commit.author.email
github.event.workflow_run.head_commit.author.name
github.event.workflow_run.head_repository.description
github.event.workflow_run.pull_requests.*.head.ref
github.event.check_run.check_suite.head_branch
github.event.check_run.pull_requests.*.head.ref
github.event.check_suite.head_branch
github.event.check_suite.pull_requests.*.head.ref
"""

OUTSIDER_PATHS: frozenset[Path] = frozenset(tuple(line.split(".")) for line in _OUTSIDER_TEXTS.split())
_CONTAINERS: frozenset[Path] = frozenset(path[:size] for path in OUTSIDER_PATHS for size in range(1, len(path)))

SAFE_FUNCTIONS = frozenset({"contains", "startswith", "endswith", "hashfiles", "success", "failure", "always"})
"""Functions whose value says little about the text they are given."""


def context_path(node: Node) -> Path | None:
    """The path of `a.b.c`, `a['b']` and `a.*.c`; None for what is not such a chain."""
    parts: list[str] = []
    while isinstance(node, Index):
        parts.append(_property(node.key))
        node = node.target
    if not isinstance(node, NamedValue):
        return None
    parts.append(node.name.lower())
    return tuple(reversed(parts))


def carried(node: Node, *, is_json: bool = False) -> Iterator[tuple[Path, bool]]:
    """The contexts whose text may be in the value of an expression, and whether the whole object is, as JSON."""
    if isinstance(node, Index | NamedValue):
        path = context_path(node)
        if path is not None:
            yield path, is_json
        elif isinstance(node, Index):
            yield from carried(node.target)
    elif isinstance(node, Function):
        name = node.name.lower()
        if name not in SAFE_FUNCTIONS:
            parts = node.arguments if name != "case" else (*node.arguments[1::2], node.arguments[-1])
            for part in parts:
                yield from carried(part, is_json=name == "tojson")
    elif isinstance(node, Logical):
        for part in node.operands if node.operator == "||" else node.operands[-1:]:
            yield from carried(part)


def _property(key: Node | None) -> str:
    if isinstance(key, Literal) and isinstance(key.value, str):
        return key.value.lower()
    return "*"


def outsider_path(path: Path) -> bool:
    """Whether outsiders choose the text at this path, or one of the texts: `github.event.*.body`."""
    return _is_among(path, OUTSIDER_PATHS)


def outsider_container(path: Path) -> bool:
    """Whether the object at this path holds a text that outsiders choose (so its JSON does too)."""
    return _is_among(path, _CONTAINERS)


def _is_among(path: Path, paths: frozenset[Path]) -> bool:
    return path in paths or ("*" in path and any(_fits(path, each) for each in paths))


def _fits(path: Path, known: Path) -> bool:
    """Whether a path with `*` for any property leads to a known one."""
    pairs = zip(path, known, strict=False)
    return len(path) == len(known) and all("*" in (one, other) or one == other for one, other in pairs)


def spelled(path: Path) -> str:
    """The path as people write it: `github.event.commits.*.message`."""
    return ".".join(path)
