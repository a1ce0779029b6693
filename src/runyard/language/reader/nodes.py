"""The tree of a YAML file, with the place where each node starts (1-based, columns in code points).

The YAML reader makes it with plain values; the schema check answers with a new tree of the same classes in which
scalars may hold an `Expression` or an `Insert`. Aliases are resolved: an aliased node occurs several times in the
tree.
"""

from __future__ import annotations

from runyard.language.model import Expression, Insert, Position

Atom = str | float | bool | None | Expression | Insert


class ScalarNode:
    """One value. `source` is the text as written, `style` its quoting: '' (plain), `'`, `"`, `|` or `>`."""

    __slots__ = ("column", "line", "source", "style", "value")

    def __init__(self, value: Atom, line: int, column: int, source: str = "", style: str = "") -> None:
        self.value = value
        self.line = line
        self.column = column
        self.source = source
        self.style = style

    @property
    def position(self) -> Position:
        """Where the scalar starts."""
        return Position(self.line, self.column)


class SequenceNode:
    """A list of nodes."""

    __slots__ = ("column", "items", "line")

    def __init__(self, items: list[Node], line: int, column: int) -> None:
        self.items = items
        self.line = line
        self.column = column


class MappingNode:
    """Pairs in the order of the file. Before the check keys may repeat, afterwards they do not (ignoring case)."""

    __slots__ = ("column", "line", "pairs")

    def __init__(self, pairs: list[tuple[ScalarNode, Node]], line: int, column: int) -> None:
        self.pairs = pairs
        self.line = line
        self.column = column

    def fields(self) -> dict[str, Node]:
        """The values by key, without those whose key is an expression."""
        return {key.value: value for key, value in self.pairs if type(key.value) is str}


Node = ScalarNode | SequenceNode | MappingNode
