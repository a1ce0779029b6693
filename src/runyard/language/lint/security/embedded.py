"""The `${{ }}` in a text, each with its place, and the expression of a condition."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from runyard.language.errors import ExpressionError
from runyard.language.expressions.template import closing
from runyard.language.expressions.tree import Node
from runyard.language.lint.places import parsed
from runyard.language.reader.nodes import MappingNode, ScalarNode, SequenceNode
from runyard.language.reader.nodes import Node as YamlNode

_OPEN, _CLOSE = "${{", "}}"


class Embedded(NamedTuple):
    """One `${{ source }}`; `start` and `end` are offsets of the whole in the text."""

    start: int
    end: int
    source: str
    node: Node


@lru_cache(maxsize=32768)
def embedded(text: str) -> tuple[Embedded, ...]:
    """The expressions in a text. What cannot be parsed is left out: another rule reports it."""
    found: list[Embedded] = []
    start = text.find(_OPEN)
    while start >= 0:
        end = closing(text, start + len(_OPEN))
        if end < 0:
            break
        source = text[start + len(_OPEN) : end].strip()
        node = _parsed(source)
        if node is not None:
            found.append(Embedded(start, end + len(_CLOSE), source, node))
        start = text.find(_OPEN, end)
    return tuple(found)


def condition(node: YamlNode | None) -> Embedded | None:
    """The expression of an `if`, with or without `${{ }}` around it. None when it has text around or cannot be read."""
    text = node.source if isinstance(node, ScalarNode) else ""
    if _OPEN not in text:
        source = text.strip()
        tree = _parsed(source) if source else None
        return None if tree is None else Embedded(text.find(source), len(text.rstrip()), source, tree)
    found = embedded(text)
    return found[0] if len(found) == 1 and found[0].end - found[0].start == len(text.strip()) else None


def value_at(node: YamlNode | None, name: str) -> YamlNode | None:
    """The value of a key of a mapping, case ignored; None where there is none."""
    return _by_name(node).get(name.lower()) if isinstance(node, MappingNode) else None


@lru_cache(maxsize=256)
def _by_name(node: MappingNode) -> dict[str, YamlNode]:
    return {key.source.lower(): value for key, value in node.pairs}


def scalars(node: YamlNode | None) -> list[ScalarNode]:
    """All scalars below a node (keys left out), in the order of the file."""
    found: list[ScalarNode] = []
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, ScalarNode):
            found.append(current)
        elif isinstance(current, SequenceNode):
            pending.extend(reversed(current.items))
        elif isinstance(current, MappingNode):
            pending.extend(value for _, value in reversed(current.pairs))
    return found


def _parsed(source: str) -> Node | None:
    tree = parsed(source)
    return None if isinstance(tree, ExpressionError) else tree
