"""The `${{ }}` in a text, each with its place, and the expression of a condition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from runyard.language.errors import ExpressionError
from runyard.language.expressions.template import closing
from runyard.language.expressions.tree import Node
from runyard.language.lint.places import parsed
from runyard.language.lint.security.sources import Path, carried, context_path
from runyard.language.reader.nodes import MappingNode, ScalarNode, SequenceNode
from runyard.language.reader.nodes import Node as YamlNode

_OPEN, _CLOSE = "${{", "}}"
_EXPRESSION = re.compile(r"\$\{\{(?:(?!\$\{\{).)*?\}\}", re.S)


@dataclass(eq=False)
class Embedded:
    """One `${{ source }}`; `start` and `end` are offsets of the whole in the text."""

    start: int
    end: int
    source: str
    node: Node

    @cached_property
    def path(self) -> Path | None:
        """The path, if the expression is nothing but one."""
        return context_path(self.node)

    @cached_property
    def carried(self) -> tuple[tuple[Path, bool], ...]:
        """The contexts whose text may be in the value, and whether the whole object is, as JSON."""
        return tuple(carried(self.node))


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


def blanked(text: str) -> str:
    """The text with blanks where its `${{ }}` are, on whatever line they end."""
    return _EXPRESSION.sub(lambda found: " " * len(found[0]), text)


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
