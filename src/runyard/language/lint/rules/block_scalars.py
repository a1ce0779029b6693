"""Block scalars end in a line break, which is rarely wanted where one line is meant."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.document import Document
from runyard.language.lint.finding import Edit, Finding, Fix
from runyard.language.lint.places import Place
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import ScalarNode

_LONG_TEXTS = frozenset({"run", "description", "args", "options", "script"})
"""Keys whose values may well have several lines, or where a line break at the end does no harm."""


def _check(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        for place in project.places(document):
            node = place.node
            if node.style in ("|", ">") and node.source.endswith("\n") and _matters(place):
                header = _header(document, node)
                if header and not set(header) & {"+", "-"}:
                    yield _found(document, node, header)


def _matters(place: Place) -> bool:
    """Whether a line break at the end changes what the key means. A file that is one text has no key."""
    if not place.path:
        return False
    if place.is_key or place.path[-1] in _LONG_TEXTS or (place.is_condition and "${{" not in place.node.source):
        return False
    if place.path[-2:] == ("with", "*"):
        return _is_one_expression(place)
    return place.is_condition or place.node.source.count("\n") == 1


def _is_one_expression(place: Place) -> bool:
    text = place.node.source.strip()
    return len(place.expressions) == 1 and text.startswith("${{") and text.endswith("}}")


def _header(document: Document, node: ScalarNode) -> str:
    """`|` or `>` with its indicators."""
    line = document.lines[node.line - 1][node.column - 1 :] if node.line <= len(document.lines) else ""
    return line.split("#", 1)[0].rstrip() if line.startswith(node.style) else ""


def _found(document: Document, node: ScalarNode, header: str) -> Finding:
    mark = node.style
    message = (
        f"Block scalar '{mark}' implicitly adds a trailing newline that may be unintentional. "
        f"Use '{mark}-' to remove it, or '{mark}+' to explicitly keep it."
    )
    start = document.offset(node)
    fix = Fix(f"Use '{mark}-'", (Edit(start + len(header), start + len(header), "-"),))
    return RULE.found(document, node, message, length=len(header), fix=fix, code="block-scalar-chomping")


RULE = Rule("block-scalar", "warning", "Values of one line do not end in a line break.", _check)
