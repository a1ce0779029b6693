"""Every place of a file where an expression may stand, and the expressions that stand there.

The walk follows the schema: it knows what each place is called, which contexts and functions it offers, what kind of
value it wants, and which job and step it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from runyard.language.errors import ExpressionError
from runyard.language.expressions.numbers import WHITE_TEXT
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.template import closing
from runyard.language.expressions.tree import Node as Tree
from runyard.language.lint.document import Action, Document, Job, Step, Workflow
from runyard.language.model import Expression, Insert, Position
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.schema.action import action_schema
from runyard.language.schema.definition import Definition, Scope, anything
from runyard.language.schema.workflow import workflow_schema

NOTHING = Scope(frozenset())
_OPEN, _CLOSE = "${{", "}}"


@dataclass(eq=False)
class Written:
    """One expression. `start` is the offset of its first character in the scalar's source, `source` its text.

    `tree` is None when it cannot be read, `error` tells why. `is_marked`: it stands in `${{ }}`. `is_whole`: it is
    all of the scalar, so its value keeps its type.
    """

    place: Place
    source: str
    start: int
    is_marked: bool
    is_whole: bool
    tree: Tree | None
    error: ExpressionError | None

    def at(self, position: int) -> Position:
        """Where the character at a 1-based position of the expression stands in the file."""
        return self.place.document.place(self.place.node, self.start + position - 1)


@dataclass(eq=False)
class Place:
    """A scalar where the schema allows expressions, or that has one where it does not.

    `is_key`: it is a key of a mapping; `is_item`: an item of a list, into which an expression may splice a list.
    """

    document: Document
    node: ScalarNode
    definition: Definition
    path: tuple[str, ...]
    """Names that users choose are `*`: `("jobs", "*", "steps", "with", "*")`."""
    job: Job | None = None
    step: Step | None = None
    is_key: bool = False
    is_item: bool = False

    @property
    def scope(self) -> Scope:
        """The contexts and special functions that are available."""
        return self.definition.scope or NOTHING

    @property
    def is_condition(self) -> bool:
        """Whether the whole text is an expression, with `${{ }}` or without."""
        return bool(self.definition.texts) and self.definition.texts[0].condition

    @property
    def key(self) -> str:
        """The way to it as text: `jobs.*.steps.run`, `jobs.*.steps.with.*`, `runs.steps.if`."""
        return ".".join(self.path)

    @cached_property
    def expressions(self) -> tuple[Written, ...]:
        """The expressions in the text."""
        text = self.node.source
        if isinstance(self.node.value, Insert):
            return ()
        if _OPEN in text:
            return tuple(self._marked(text))
        if self.is_condition and text.strip():
            start = len(text) - len(text.lstrip(WHITE_TEXT))
            return (self._written(text.strip(WHITE_TEXT), start, is_marked=False, is_whole=True),)
        return ()

    def _marked(self, text: str) -> Iterator[Written]:
        index = 0
        while (opening := text.find(_OPEN, index)) >= 0:
            begin = opening + len(_OPEN)
            end = closing(text, begin)
            if end < 0:
                return
            inside = text[begin:end]
            start = begin + len(inside) - len(inside.lstrip(WHITE_TEXT))
            index = end + len(_CLOSE)
            is_whole = opening == 0 and index == len(text)
            yield self._written(inside.strip(WHITE_TEXT), start, is_marked=True, is_whole=is_whole)

    def _written(self, source: str, start: int, *, is_marked: bool, is_whole: bool) -> Written:
        tree = self._tree(source) if is_whole else parsed(source)
        error = tree if isinstance(tree, ExpressionError) else None
        return Written(
            self, source, start, is_marked, is_whole, None if isinstance(tree, ExpressionError) else tree, error
        )

    def _tree(self, source: str) -> Tree | ExpressionError:
        """The tree of what is all of the scalar. The check of the schema may have made it already."""
        value = self.node.value
        return value.node if isinstance(value, Expression) and value.source == source else parsed(source)


def places(document: Document) -> tuple[Place, ...]:
    """The places of a file, in document order."""
    if document.root is None:
        return ()
    schema = workflow_schema if isinstance(document, Workflow) else action_schema
    return tuple(_Walk(document).node(document.root, schema(strict=True), ()))


@lru_cache(maxsize=32768)
def parsed(source: str) -> Tree | ExpressionError:
    """The tree of an expression, any name allowed, or why there is none."""
    if not source:
        return ExpressionError("An expression was expected", "parsing")
    try:
        return parse_expression(source)
    except ExpressionError as error:
        return error


class _Walk:
    """Follows tree and schema together."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._job: Job | None = None
        self._step: Step | None = None
        self._steps: dict[int, Step] = {}
        if isinstance(document, Action):
            self._steps = {id(step.node): step for step in document.steps}

    def node(self, node: Node, definition: Definition, path: tuple[str, ...]) -> Iterator[Place]:
        if isinstance(node, ScalarNode):
            yield from self._scalar(node, definition, path)
        elif isinstance(node, SequenceNode):
            if definition.items is not None:
                for item in node.items:
                    if isinstance(item, ScalarNode):
                        yield from self._scalar(item, definition.items, path, is_item=True)
                    else:
                        yield from self._within(item, definition.items, path)
        else:
            yield from self._mapping(node, definition, path)

    def _scalar(
        self, node: ScalarNode, definition: Definition, path: tuple[str, ...], *, is_item: bool = False
    ) -> Iterator[Place]:
        if definition.scope is not None or _OPEN in node.source:
            yield Place(self._document, node, definition, path, self._job, self._step, is_item=is_item)

    def _within(self, node: Node, definition: Definition, path: tuple[str, ...]) -> Iterator[Place]:
        """An item of a list, which may be a step."""
        outer = self._step
        self._step = self._steps.get(id(node), outer)
        yield from self.node(node, definition, path)
        self._step = outer

    def _mapping(self, node: MappingNode, definition: Definition, path: tuple[str, ...]) -> Iterator[Place]:
        shapes = definition.shapes
        for key, value in node.pairs:
            name = key.value
            if not isinstance(name, str):
                yield Place(self._document, key, definition, path, self._job, self._step, is_key=True)
                yield from self.node(value, anything(definition.scope), (*path, "*"))
                continue
            having = tuple(shape for shape in shapes if name in shape.keys)
            shapes = having or shapes
            found = having[0].keys[name] if having else next((shape.others for shape in shapes if shape.others), None)
            if found is None:
                continue
            if path == ("jobs",) and isinstance(self._document, Workflow):
                self._enter(self._document.job(name))
            yield from self.node(value, found, (*path, name if having else "*"))
        if path == ("jobs",):
            self._enter(None)

    def _enter(self, job: Job | None) -> None:
        self._job = job
        self._steps = {id(step.node): step for step in job.steps} if job is not None else {}
