"""What the reader, the strict schema and the conversion to the model report."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.actions import NODE_VERSIONS, convert_action
from runyard.language.convert.workflow import convert_workflow
from runyard.language.diagnostics import Diagnostic, Problems
from runyard.language.lint.document import LIMITS, Action, Document, Workflow
from runyard.language.lint.expected import expectations
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.rules.action_metadata import misplaced_keys
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode

_OTHER_RULES = frozenset({"expression", "identifier", "needs", "invalid-uses-format", "invalid-workflow-reference"})
"""Codes of what other rules report, with more positions and hints."""
_KINDS = frozenset({"composite", "docker", *NODE_VERSIONS})
_FOLLOWING = frozenset({"ambiguous-mapping", "missing-key", "unexpected-value", "unexpected-key", "unexpected-mapping"})
"""Codes of what follows from an expression that cannot be read, from a merge key,
or from keys of another kind of action (rule `action-metadata`)."""
_UNEXPECTED = frozenset({"unexpected-key", "unexpected-value"})
_NO_MERGE = "GitHub Actions does not support YAML merge key '<<'"
_MERGE_HINT = "Anchors and aliases work for whole values. Write the keys out."


def _check(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        found = (*document.diagnostics, *_conversion(document))
        unreadable = {(each.line, each.column) for each in found if each.code == "expression"}
        if isinstance(document.raw, ScalarNode):
            unreadable.clear()
        if isinstance(document, Action) and "runs" in document.fields and document.using in _KINDS:
            runs = document.fields["runs"]
            unreadable |= {(node.line, node.column) for node in (runs, *misplaced_keys(document))}
        for key, value in _merge_keys(document.raw):
            unreadable |= {(key.line, key.column), (value.line, value.column)}
            yield RULE.found(document, key, _NO_MERGE, hint=_MERGE_HINT, length=2, code="merge-key")
        hints = expectations(document) if any(each.code in _UNEXPECTED for each in found) else {}
        for each in found:
            is_other = each.code in _OTHER_RULES
            if not is_other and not (each.code in _FOLLOWING and (each.line, each.column) in unreadable):
                hint = hints.get((each.line, each.column), "") if each.code in _UNEXPECTED else ""
                yield Finding(
                    each.path, each.line, each.column, 0, RULE.name, each.severity, each.message, hint, code=each.code
                )


def _merge_keys(root: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    """The keys `<<` and what they would merge. A node that is used several times is looked at once."""
    pending, seen = [root], {id(root)}
    while pending:
        node = pending.pop()
        below: list[Node] = []
        if isinstance(node, MappingNode):
            yield from ((key, value) for key, value in node.pairs if key.value == "<<" and not key.style)
            below = [value for _, value in node.pairs]
        elif isinstance(node, SequenceNode):
            below = node.items
        pending += [each for each in below if id(each) not in seen]
        seen.update(map(id, below))


def _conversion(document: Document) -> list[Diagnostic]:
    """What converting finds; it needs a tree without errors."""
    if document.root is None or document.problems.errors:
        return []
    problems = Problems(document.path, LIMITS.errors, LIMITS.error_length)
    if isinstance(document, Workflow):
        convert_workflow(document.root, document.path, problems)
    else:
        convert_action(document.root, document.path, problems, LIMITS)
    return problems.found


RULE = Rule("syntax", "error", "The file can be read, and every key has a value it may have.", _check)
