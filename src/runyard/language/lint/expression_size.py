"""How much of a file is expressions."""

from __future__ import annotations

from runyard.language.expressions.template import closing
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode

_OPEN = "${{"
_CONDITIONS = frozenset({"if", "pre-if", "post-if"})


def expression_size(root: Node) -> int:
    """The characters of all expressions in a tree, every use of an alias counted; each text is looked at once."""
    total = 0
    known: dict[int, int] = {}
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, MappingNode):
            for key, value in node.pairs:
                pending += (key, value)
                if key.value in _CONDITIONS and isinstance(value, ScalarNode) and _OPEN not in value.source:
                    total += len(value.source)
        elif isinstance(node, SequenceNode):
            pending += node.items
        elif _OPEN in node.source:
            if id(node) not in known:
                known[id(node)] = _marked(node.source)
            total += known[id(node)]
    return total


def _marked(text: str) -> int:
    """The characters of the `${{ }}` in a text."""
    total, start = 0, text.find(_OPEN)
    while start >= 0:
        end = closing(text, start + len(_OPEN))
        if end < 0:
            return total
        total += end + 2 - start
        start = text.find(_OPEN, end)
    return total
