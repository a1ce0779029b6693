"""One YAML document as a tree of nodes with exact positions.

PyYAML gives the events (the C parser where it is built in); typing, tags, aliases and limits are ours, because
PyYAML's are those of YAML 1.1. Mistakes go to `Problems` and the answer is then None. Time and memory are bounded by
`Limits`, whatever the text: an alias costs as much as the nodes it repeats.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from runyard.language.diagnostics import Problems
from runyard.language.limits import Limits
from runyard.language.reader.collection import uncollected
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.reader.scalars import fits, resolve

try:
    from yaml._yaml import CParser as _EventParser
except ImportError:
    from yaml import SafeLoader as _EventParser  # type: ignore[assignment]

_CORE = "tag:yaml.org,2002:"
_STYLES = {None: "Plain", "": "Plain", "'": "SingleQuoted", '"': "DoubleQuoted", "|": "Literal", ">": "Folded"}
_PLAIN_TAGS = frozenset({"null", "bool", "int", "float"})
_NODE_BYTES = 24
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def read_yaml(text: str, problems: Problems, limits: Limits) -> Node | None:
    """The root node of the only document in `text`, or None after noting the reason."""
    if len(text) > limits.file_size:
        message = f"The maximum file size of {limits.file_size} characters has been exceeded"
        problems.error_at(0, 0, "limit", message)
        return None
    text = text.removeprefix("\ufeff")
    try:
        with uncollected():
            return _Composer(text, limits).document()
    except _ReadError as error:
        problems.error_at(error.line, error.column, error.code, error.message)
    except yaml.MarkedYAMLError as error:
        problems.error_at(*_place(error, text), "yaml-syntax", _describe(error))
    except yaml.reader.ReaderError as error:
        message = f"The file is not valid YAML: {error.reason}"
        problems.error_at(*_place_of(error.character, text), "yaml-syntax", message)
    except UnicodeError:
        problems.error_at(
            0, 0, "yaml-syntax", "The file is not valid YAML: it holds characters that are not Unicode text"
        )
    return None


class _ReadError(Exception):
    """Reading stops here."""

    def __init__(self, line: int, column: int, code: str, message: str) -> None:
        super().__init__(message)
        self.line, self.column, self.code, self.message = line, column, code, message


class _Anchor:
    """An anchored node and what one more use of it costs. `node` is None while it is being read."""

    __slots__ = ("height", "node", "nodes", "size")

    def __init__(self) -> None:
        self.node: Node | None = None
        self.nodes = self.size = self.height = 0


class _Composer:
    """Builds nodes from the events of one text."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._limits = limits
        self._text = text
        self._next: Any = _EventParser(text).get_event
        self._anchors: dict[str, _Anchor] = {}
        self._nodes = 0
        self._size = 0
        self._deepest = 0

    def document(self) -> Node:
        """The root of the only document."""
        self._next()
        start = self._next()
        if type(start) is yaml.StreamEndEvent:
            raise _ReadError(0, 0, "yaml-empty", "The file is empty: expected a mapping")
        root = self._node(self._next(), 0)
        self._next()
        after = self._next()
        if type(after) is not yaml.StreamEndEvent:
            line, column = _start(after)
            raise _ReadError(line, column, "yaml-documents", "Only one YAML document per file is allowed")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        anchor = None
        if event.anchor is not None:
            anchor = self._anchors[event.anchor] = _Anchor()
            nodes, size, deepest, self._deepest = self._nodes, self._size, self._deepest, depth
        node: Node
        if kind is yaml.ScalarEvent:
            node = self._scalar(event)
        elif kind is yaml.SequenceStartEvent:
            node = self._sequence(event, depth + 1)
        else:
            node = self._mapping(event, depth + 1)
        if anchor is not None:
            anchor.node, anchor.nodes, anchor.size = node, self._nodes - nodes, self._size - size
            anchor.height = self._deepest - depth
            self._deepest = max(deepest, self._deepest)
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        line, column = _start(event)
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise _ReadError(
                line, column, "yaml-alias", f"Unknown alias '{event.anchor}': no anchor of that name precedes it"
            )
        if anchor.node is None:
            raise _ReadError(
                line, column, "yaml-alias", f"The alias '{event.anchor}' refers to a node that contains it"
            )
        self._count(event, anchor.nodes, anchor.size)
        self._descend(event, depth + anchor.height)
        return anchor.node

    def _scalar(self, event: Any) -> ScalarNode:
        text: str = event.value
        self._count(event, 1, _NODE_BYTES + 2 * len(text))
        line, column = _start(event)
        if not text and event.start_mark.index >= len(self._text):
            line, column = _end(self._text)
        style = event.style or ""
        if event.tag is not None:
            return ScalarNode(_tagged(event, text), line, column, text, style)
        if style:
            return ScalarNode(text, line, column, text, style)
        try:
            return ScalarNode(resolve(text), line, column, text)
        except OverflowError:
            raise _wrong_value(event, text, "int") from None

    def _sequence(self, event: Any, depth: int) -> SequenceNode:
        self._count(event, 1, _NODE_BYTES)
        self._descend(event, depth)
        items: list[Node] = []
        line, column = _start(event)
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._node(event, depth))
        return SequenceNode(items, line, column)

    def _mapping(self, event: Any, depth: int) -> MappingNode:
        self._count(event, 1, _NODE_BYTES)
        self._descend(event, depth)
        pairs: list[tuple[ScalarNode, Node]] = []
        line, column = _start(event)
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._node(event, depth)
            if not isinstance(key, ScalarNode):
                raise _ReadError(
                    key.line, key.column, "yaml-key", "Expected a scalar value: a key cannot be a list or mapping"
                )
            pairs.append((key, self._node(self._next(), depth)))
        return MappingNode(pairs, line, column)

    def _count(self, event: Any, nodes: int, size: int) -> None:
        self._nodes += nodes
        self._size += size
        if self._nodes > self._limits.nodes:
            raise _ReadError(*_start(event), "limit", "Maximum YAML nodes exceeded")
        if self._size > self._limits.result_size:
            raise _ReadError(*_start(event), "limit", "Maximum object size exceeded")

    def _descend(self, event: Any, depth: int) -> None:
        self._deepest = max(self._deepest, depth)
        if depth > self._limits.depth:
            raise _ReadError(*_start(event), "limit", "Maximum object depth exceeded")


def _tagged(event: Any, text: str) -> str | float | bool | None:
    """The value of a scalar with an explicit tag."""
    tag: str = event.tag
    name = tag.removeprefix(_CORE)
    if tag == _CORE + "str":
        return text
    if name == tag or name not in _PLAIN_TAGS:
        raise _ReadError(*_start(event), "yaml-tag", f"Unexpected tag '{tag}'")
    if event.style:
        line, column = _start(event)
        place = f"on line {line} and column {column}"
        message = f"The scalar style '{_STYLES[event.style]}' {place} is not valid with the tag '{tag}'"
        raise _ReadError(line, column, "yaml-tag", message)
    try:
        value = resolve(text)
    except OverflowError:
        raise _wrong_value(event, text, name) from None
    if not fits(name, text, value):
        raise _wrong_value(event, text, name)
    return value


def _wrong_value(event: Any, text: str, name: str) -> _ReadError:
    line, column = _start(event)
    message = f"The value '{text}' on line {line} and column {column} is invalid for the type '{_CORE}{name}'"
    return _ReadError(line, column, "yaml-tag", message)


def _start(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _end(text: str) -> tuple[int, int]:
    """The place behind the last character. The C parser counts the end of a text as a line of its own."""
    lines = _LINE_BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


def _place(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int]:
    """Where the parser stopped, but not behind the last character, where it stands at the end of the text."""
    mark = error.problem_mark or error.context_mark
    if error.problem == "found unexpected end of stream":
        mark = error.context_mark or mark  # what was never closed begins there; the end of the file helps nobody
    if mark is None:
        return 0, 0
    lines = _LINE_BREAK.split(text)
    line = min(mark.line, len(lines) - 1)
    return line + 1, min(mark.column, len(lines[line])) + 1


def _place_of(character: str | int, text: str) -> tuple[int, int]:
    """Where a character that YAML does not allow first stands."""
    found = text.find(character if isinstance(character, str) else chr(character))
    if found < 0:
        return 0, 0
    return _end(text[:found])


def _describe(error: yaml.MarkedYAMLError) -> str:
    what = ", ".join(part for part in (error.context, error.problem) if part)
    return f"The file is not valid YAML: {what}"


def anchors_of(text: str) -> list[tuple[str, int, int, bool]]:
    """The anchors of a text that `read_yaml` could read: name, line, column, whether an alias refers to it."""
    found: list[tuple[str, int, int, bool]] = []
    current: dict[str, int] = {}
    next_event: Any = _EventParser(text.removeprefix("\ufeff")).get_event
    while type(event := next_event()) is not yaml.StreamEndEvent:
        name = getattr(event, "anchor", None)
        if name is None:
            continue
        if type(event) is yaml.AliasEvent:
            index = current[name]
            found[index] = (*found[index][:3], True)
        else:
            current[name] = len(found)
            found.append((name, *_start(event), False))
    return found
