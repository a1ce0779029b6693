"""What can be said of a matrix before it is expanded."""

from __future__ import annotations

from runyard.language.diagnostics import Problems
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode

_FILTERS = ("include", "exclude")


def check_matrix(node: Node | None, problems: Problems) -> None:
    """Report vectors without values, filters that cannot match, and a matrix that has nothing to combine."""
    if type(node) is not MappingNode:
        return
    vectors = set()
    is_open = False
    for key, value in node.pairs:
        if not isinstance(key.value, str):
            is_open = True
        elif key.value not in _FILTERS:
            vectors.add(key.value.upper())
            if type(value) is SequenceNode and not value.items:
                problems.error(value, "matrix", f"Matrix vector '{key.value}' does not contain any values")
    fields = node.fields()
    include, exclude = fields.get("include"), fields.get("exclude")
    if not vectors and not is_open and (include is None or (type(include) is SequenceNode and not include.items)):
        problems.error(node, "matrix", "Matrix must define at least one vector")
    _check_include(include, problems)
    _check_exclude(exclude, None if is_open else vectors, problems)


def _check_include(node: Node | None, problems: Problems) -> None:
    for item in node.items if type(node) is SequenceNode else ():
        if type(item) is MappingNode and not item.pairs:
            problems.error(item, "matrix", "Matrix include mapping does not contain any values")


def _check_exclude(node: Node | None, vectors: set[str] | None, problems: Problems) -> None:
    for item in node.items if type(node) is SequenceNode else ():
        if type(item) is not MappingNode:
            continue
        if not item.pairs:
            problems.error(item, "matrix", "Matrix exclude filter must not be empty")
        for key, _ in item.pairs:
            _check_exclude_key(key, vectors, problems)


def _check_exclude_key(key: ScalarNode, vectors: set[str] | None, problems: Problems) -> None:
    if vectors is not None and isinstance(key.value, str) and key.value.upper() not in vectors:
        problems.error(key, "matrix", f"Matrix exclude key '{key.value}' does not match any key within the matrix")
