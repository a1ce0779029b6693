"""The schema's check of a node tree.

Answers with a tree in which text is text where the schema wants text, expressions are parsed, and everything that may
not be there has been left out and reported, with GitHub's messages, in document order.
"""

from __future__ import annotations

from typing import Any

from runyard.language.diagnostics import Problems
from runyard.language.errors import ExpressionError
from runyard.language.expressions.numbers import WHITE_TEXT
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.template import parse_template
from runyard.language.expressions.values import fold, to_string
from runyard.language.limits import Limits
from runyard.language.model import Expression, Insert
from runyard.language.reader.collection import uncollected
from runyard.language.reader.nodes import Atom, MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.schema.definition import Definition, Scope, Shape, Text, anything


def check(root: Node, definition: Definition, problems: Problems, limits: Limits) -> Node:
    """Check a whole file. Whether it was clean stands in `problems`."""
    with uncollected():
        return _Checker(problems, limits).node(root, definition)


_NOTHING = Scope(frozenset())
_NOT_ALLOWED = "A template expression is not allowed in this context"
_AMBIGUOUS = "There's not enough info to determine what you meant. Add one of these properties: "


class _Checker:
    """Walks nodes and definitions together."""

    def __init__(self, problems: Problems, limits: Limits) -> None:
        self._problems = problems
        self._limits = limits
        self._known: dict[tuple[int, Scope | None, bool], ScalarNode | str] = {}

    def node(self, node: Node, definition: Definition) -> Node:
        if type(node) is ScalarNode:
            return self._scalar(node, definition)
        if type(node) is MappingNode:
            return self._mapping(node, definition)
        assert type(node) is SequenceNode
        return self._sequence(node, definition)

    # --- scalars ---

    def _scalar(self, node: ScalarNode, definition: Definition) -> ScalarNode:
        read = self._read(node, definition)
        value = read.value
        if isinstance(value, Insert):
            self._problems.error(node, "unexpected-value", "Unexpected value '${{ insert }}'")
            return node
        if isinstance(value, Expression):
            if definition.scope is None:
                self._problems.error(node, "expression-not-allowed", _NOT_ALLOWED)
            return read
        if _is_kind(value, definition):
            return read
        if definition.texts:
            text = value if isinstance(value, str) else to_string(value)
            if any(rule.accepts(text) for rule in definition.texts):
                return read if text is value else _replaced(read, text)
        self._problems.error(node, "unexpected-value", f"Unexpected value '{to_string(value)}'")
        return read

    def _read(self, node: ScalarNode, definition: Definition) -> ScalarNode:
        """Turn `${{ }}`, and the text of a condition, into an expression. A faulty one is reported and stays text."""
        value = node.value
        is_condition = bool(definition.texts) and definition.texts[0].condition
        if type(value) is not str:
            if not is_condition or value is None:
                return node
            value = to_string(value)
        elif not is_condition and "${{" not in value:
            return node
        use = (id(node), definition.scope, is_condition)
        read = self._known.get(use)
        if read is None:
            read = self._known[use] = self._read_once(value, node, definition.scope, is_condition=is_condition)
        if isinstance(read, str):
            self._problems.error(node, "expression", read)
            return node
        return read

    def _read_once(self, value: str, node: ScalarNode, scope: Scope | None, *, is_condition: bool) -> ScalarNode | str:
        """The scalar with what its text means, or why it means nothing. Its aliases share this, so it costs once."""
        try:
            return _replaced(node, self._parsed(value, node, scope or _NOTHING, is_condition=is_condition))
        except ExpressionError as error:
            return error.message

    def _parsed(self, text: str, node: ScalarNode, scope: Scope, *, is_condition: bool) -> str | Expression | Insert:
        """Text with `${{ }}`, or the text of a condition. A blank condition stays text. Raises ExpressionError."""
        position = node.position
        rules: dict[str, Any] = {
            "contexts": scope.contexts,
            "functions": scope.functions,
            "max_depth": self._limits.expression_depth,
            "max_length": self._limits.expression_length,
        }
        read = parse_template(text, position, **rules)
        if not is_condition or not isinstance(read, str):
            return read
        source = read.strip(WHITE_TEXT)
        return Expression(source, parse_expression(source, **rules), position, text) if source else ""

    # --- sequences ---

    def _sequence(self, node: SequenceNode, definition: Definition) -> SequenceNode:
        item = definition.items
        if item is None:
            self._problems.error(node, "unexpected-sequence", "A sequence was not expected")
            return SequenceNode([], node.line, node.column)
        return SequenceNode([self.node(child, item) for child in node.items], node.line, node.column)

    # --- mappings ---

    def _mapping(self, node: MappingNode, definition: Definition) -> MappingNode:
        shapes = definition.shapes
        if not shapes:
            self._problems.error(node, "unexpected-mapping", "A mapping was not expected")
            return MappingNode([], node.line, node.column)
        if len(shapes) == 1 and not shapes[0].keys and shapes[0].others is not None:
            return self._free_mapping(node, definition, shapes[0], shapes[0].others)
        return self._known_mapping(node, definition, shapes)

    def _free_mapping(self, node: MappingNode, definition: Definition, shape: Shape, others: Definition) -> MappingNode:
        pairs: list[tuple[ScalarNode, Node]] = []
        seen: set[str] = set()
        for raw, child in node.pairs:
            key = self._key(raw, definition, seen)
            if key is not None:
                self._check_key(key, shape.other_keys)
                pairs.append((key, self.node(child, self._value_definition(key, definition, others))))
        return MappingNode(pairs, node.line, node.column)

    def _known_mapping(self, node: MappingNode, definition: Definition, shapes: tuple[Shape, ...]) -> MappingNode:
        pairs: list[tuple[ScalarNode, Node]] = []
        seen: set[str] = set()
        names: set[str] = set()
        others = shapes[0].others
        for raw, child in node.pairs:
            key = self._key(raw, definition, seen)
            if key is None:
                continue
            name = key.value
            if not isinstance(name, str):
                pairs.append((key, self.node(child, anything(definition.scope))))
                continue
            found, shapes = _narrowed(shapes, name)
            if found is None and others is not None:
                self._check_key(key, shapes[0].other_keys)
                found = others
            if found is None:
                self._problems.error(key, "unexpected-key", f"Unexpected value '{name}'")
                continue
            names.add(name)
            pairs.append((key, self.node(child, found)))
        if len(shapes) > 1:
            self._problems.error(node, "ambiguous-mapping", _AMBIGUOUS + ", ".join(_deciding_keys(shapes)))
        elif all(isinstance(key.value, str) for key, _ in pairs):
            for name in shapes[0].required:
                if name not in names:
                    self._problems.error(node, "missing-key", f"Required property is missing: {name}")
        return MappingNode(pairs, node.line, node.column)

    def _value_definition(self, key: ScalarNode, definition: Definition, others: Definition) -> Definition:
        """What is merged with `insert` may be anything; it is looked at when it has been merged."""
        return anything(definition.scope) if isinstance(key.value, Insert) else others

    def _key(self, raw: ScalarNode, definition: Definition, seen: set[str]) -> ScalarNode | None:
        """The key as text or expression; None after reporting a repeated or forbidden one."""
        key = raw
        if type(raw.value) is str:
            if "${{" in raw.value:
                key = self._read(raw, Definition(definition.scope))
                if not isinstance(key.value, str):
                    if definition.scope is not None:
                        return key
                    self._problems.error(raw, "expression-not-allowed", _NOT_ALLOWED)
                    return None
        else:
            key = _replaced(raw, to_string(raw.value))
        assert isinstance(key.value, str)
        folded = fold(key.value)
        if folded in seen:
            self._problems.error(raw, "duplicate-key", f"'{key.value}' is already defined")
            return None
        seen.add(folded)
        return key

    def _check_key(self, key: ScalarNode, rule: Text) -> None:
        if isinstance(key.value, str) and not rule.accepts(key.value):
            self._problems.error(key, "unexpected-key", f"Unexpected value '{key.value}'")


def _is_kind(value: Atom, definition: Definition) -> bool:
    """Whether a scalar may stay as it is, without being turned into text."""
    if value is None:
        return definition.null
    if isinstance(value, bool):
        return definition.boolean
    return isinstance(value, float) and definition.number


def _replaced(node: ScalarNode, value: Atom) -> ScalarNode:
    return ScalarNode(value, node.line, node.column, node.source, node.style)


def _narrowed(shapes: tuple[Shape, ...], name: str) -> tuple[Definition | None, tuple[Shape, ...]]:
    """What the key may hold, and the forms that are still possible now that the key has been seen."""
    if len(shapes) == 1:
        return shapes[0].keys.get(name), shapes
    having = tuple(shape for shape in shapes if name in shape.keys)
    if not having:
        return None, shapes
    return having[0].keys[name], having


def _deciding_keys(shapes: tuple[Shape, ...]) -> list[str]:
    """Keys that occur in exactly one of the forms."""
    names = [name for shape in shapes for name in shape.keys]
    return sorted(name for name in names if names.count(name) == 1)
