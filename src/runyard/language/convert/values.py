"""Nodes as plain model values."""

from __future__ import annotations

from typing import Any

from runyard.language.expressions.values import to_string
from runyard.language.model import Expression, Insert, Place, Position, Value
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode


def value_of(node: Node | None) -> Value:
    """The node as a value: scalars as they are, sequences as tuples, mappings as dicts. None for an absent node."""
    if type(node) is ScalarNode:
        return node.value
    if type(node) is SequenceNode:
        return tuple(value_of(item) for item in node.items)
    if type(node) is MappingNode:
        return {key.value: value_of(value) for key, value in node.pairs}
    return None


def mapping_of(node: Node | None) -> Value:
    """As `value_of`, but an absent (or empty) key is an empty mapping."""
    value = value_of(node)
    return {} if value is None else value


def filled(node: Node | None, default: Any) -> Any:
    """The value of a scalar node, or the default when it is absent or null."""
    value = value_of(node)
    return default if value is None else value


def plain_text(node: Node | None) -> str:
    """The text of a scalar that cannot hold an expression; empty when absent."""
    return node.value if type(node) is ScalarNode and isinstance(node.value, str) else ""


def raw_text(node: Node | None) -> str:
    """As `plain_text`, but a number or boolean keeps the text of the file: `1.10`."""
    text = plain_text(node)
    return node.source if text and type(node) is ScalarNode and "${{" not in node.source else text


def words_of(node: Node | None) -> tuple[str, ...] | None:
    """One value or a list of values as texts, None when absent or null. What is neither text nor number is left out."""
    if node is None or (type(node) is ScalarNode and node.value is None):
        return None
    nodes = node.items if type(node) is SequenceNode else [node]
    values = [item.value for item in nodes if type(item) is ScalarNode]
    return tuple(to_string(value) for value in values if not isinstance(value, Expression | Insert))


def fields_of(node: Node | None) -> dict[str, Node]:
    """The values of a mapping by key; empty when the node is no mapping."""
    return node.fields() if type(node) is MappingNode else {}


def entries_of(node: Node | None) -> list[tuple[ScalarNode, str, Node]]:
    """The entries of a mapping with text keys: key node, key, value node."""
    if type(node) is not MappingNode:
        return []
    return [(key, key.value, value) for key, value in node.pairs if isinstance(key.value, str)]


def places_of(node: Node | None, prefix: str = "") -> dict[str, Place]:
    """Where the keys of a mapping and their values start; `prefix` goes in front of the keys."""
    return {
        prefix + name: Place(key.position, Position(value.line, value.column)) for key, name, value in entries_of(node)
    }
