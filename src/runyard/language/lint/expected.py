"""What the schema would have taken where it found something unexpected."""

from __future__ import annotations

from runyard.language.lint.document import Document, Workflow
from runyard.language.lint.spelling import names_hint
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.schema.action import action_schema
from runyard.language.schema.definition import Definition, Shape
from runyard.language.schema.workflow import workflow_schema

Place = tuple[int, int]


def expectations(document: Document) -> dict[Place, str]:
    """A hint by line and column, for every key and word of a file that the schema does not know there.

    Time is linear in the size of the tree; a node that is used several times is looked at once.
    """
    schema = workflow_schema if isinstance(document, Workflow) else action_schema
    hints: dict[Place, str] = {}
    pending: list[tuple[Node | None, Definition]] = [(document.raw, schema(strict=True))]
    seen: set[int] = set()
    while pending:
        node, definition = pending.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode) and definition.items is not None:
            pending += [(item, definition.items) for item in node.items]
        elif isinstance(node, MappingNode):
            pending += _in_mapping(node, definition, hints)
        elif isinstance(node, ScalarNode):
            _in_scalar(node, definition, hints)
    return hints


def _in_mapping(node: MappingNode, definition: Definition, hints: dict[Place, str]) -> list[tuple[Node, Definition]]:
    given = [str(key.value) for key, _ in node.pairs]
    shapes = _nearest(definition.shapes, given)
    keys = {name: value for shape in reversed(shapes) for name, value in shape.keys.items()}
    others = next((shape.others for shape in shapes if shape.others is not None), None)
    taken = set(given)
    free = [name for name in keys if name not in taken]
    below: list[tuple[Node, Definition]] = []
    for (key, value), name in zip(node.pairs, given, strict=True):
        found = keys.get(name, others)
        if found is not None:
            below.append((value, found))
        elif keys:
            hints[key.line, key.column] = names_hint(name, free, shown="Possible here")
    return below


def _nearest(shapes: tuple[Shape, ...], given: list[str]) -> list[Shape]:
    """The forms of a mapping that have most of the given keys."""
    counts = [sum(name in shape.keys for name in given) for shape in shapes]
    return [shape for shape, count in zip(shapes, counts, strict=True) if count == max(counts)]


def _in_scalar(node: ScalarNode, definition: Definition, hints: dict[Place, str]) -> None:
    words = [word for text in definition.texts for word in sorted(text.values or ())]
    if definition.boolean and not definition.texts:
        words += ["true", "false"]
    if words and node.source not in words:
        hints[node.line, node.column] = names_hint(node.source, words, shown="Possible here")
    elif not words and not definition.texts and definition.shapes:
        hints[node.line, node.column] = "A mapping (`key: value`) belongs here."
    elif not words and definition.number and not definition.texts:
        hints[node.line, node.column] = "A number belongs here."
