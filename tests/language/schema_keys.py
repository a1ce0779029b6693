"""Which keys the schema knows, and which of them a file uses."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.schema.definition import Definition


def child(definition: Definition, shape_keys: set[str], key: str) -> Definition | None:
    """What stands under a key of a mapping with those keys."""
    fitting = [shape for shape in definition.shapes if shape.others or shape_keys <= shape.keys.keys()]
    for shape in fitting:
        if key in shape.keys or shape.others:
            return shape.keys.get(key, shape.others)
    return None


def used_keys(node: Node, definition: Definition) -> Iterator[tuple[int, str]]:
    """The known keys that a tree uses, each with the place (a definition) that it belongs to."""
    if type(node) is SequenceNode and definition.items is not None:
        for item in node.items:
            yield from used_keys(item, definition.items)
    if type(node) is MappingNode:
        names = {key.value for key, _ in node.pairs if isinstance(key.value, str)}
        for key, value in node.pairs:
            assert type(key) is ScalarNode
            name = str(key.value)
            below = child(definition, names, name)
            if below is not None:
                if any(name in shape.keys for shape in definition.shapes):
                    yield id(definition), name
                yield from used_keys(value, below)


def known(definition: Definition, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Definition]]:
    """Every place below a definition, once, with its path."""
    seen = set() if seen is None else seen
    yield path, definition
    if id(definition) in seen:
        return
    if definition.items or definition.shapes:
        seen.add(id(definition))
    if definition.items is not None:
        yield from known(definition.items, path, seen)
    for shape in definition.shapes:
        for key, value in shape.keys.items():
            yield from known(value, f"{path}.{key}".lstrip("."), seen)
        if shape.others is not None:
            yield from known(shape.others, f"{path}.*".lstrip("."), seen)


def keys_of(root: Definition) -> dict[tuple[int, str], str]:
    """Every key that may stand somewhere below, with its path."""
    found: dict[tuple[int, str], str] = {}
    for path, definition in known(root):
        for shape in definition.shapes:
            for key in shape.keys:
                found.setdefault((id(definition), key), f"{path}.{key}".lstrip("."))
    return found
