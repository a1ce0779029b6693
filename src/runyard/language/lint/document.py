"""The files that rules look at: their text, their checked tree, and views of jobs and steps in it.

The tree is what the strict schema lets through: keys are text, expressions are parsed where they can be, and what is
wrong has been left out (the rule `syntax` reports it). So a view never has to distrust a node's kind, but any key may
be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from runyard.language.convert.values import entries_of, fields_of, plain_text
from runyard.language.diagnostics import Diagnostic, Placed, Problems
from runyard.language.limits import Limits
from runyard.language.lint.expression_size import expression_size
from runyard.language.lint.locate import Piece, locate, pieces
from runyard.language.model import Position
from runyard.language.reader.check import check
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.reader.yaml_reader import read_yaml
from runyard.language.schema.action import action_schema
from runyard.language.schema.definition import Definition
from runyard.language.schema.workflow import workflow_schema

LIMITS = Limits(errors=1000)
MOST_EXPRESSIONS = 262_144
"""Characters of expressions in one file, every use of an alias counted. Each is read and followed by many rules."""
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(eq=False)
class Document:
    """One file. `raw` is its tree as written, `root` the checked one; both None when it cannot be read at all."""

    path: str
    text: str
    raw: Node | None
    root: Node | None
    problems: Problems

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What the reader and the strict schema found."""
        return self.problems.found

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return _LINE_BREAK.split(self.text.removeprefix("\ufeff"))

    @cached_property
    def _pieces(self) -> dict[int, list[Piece]]:
        """How scalars lie in the file, by the identity of their nodes, which live as long as the document."""
        return {}

    @cached_property
    def fields(self) -> dict[str, Node]:
        """The values of the top-level keys."""
        return fields_of(self.root)

    def key(self, *names: str) -> ScalarNode | None:
        """The node of a key, by the way to it: `key("on", "push")`."""
        node, found = self.root, None
        for name in names:
            entry = next(((key, value) for key, text, value in entries_of(node) if text == name), None)
            if entry is None:
                return None
            found, node = entry
        return found

    def place(self, node: ScalarNode, offset: int) -> Position:
        """Where the character at an offset in a scalar's source stands in the file."""
        found = self._pieces.get(id(node))
        if found is None:
            found = self._pieces[id(node)] = pieces(self.lines, node)
        return locate(found, offset)

    def offset(self, at: Placed) -> int:
        """The offset in `text` of a line and column, for a fix."""
        starts = self._line_starts
        return starts[min(at.line, len(starts)) - 1] + at.column - 1

    @cached_property
    def _line_starts(self) -> list[int]:
        """Where each line begins in `text`, behind the byte order mark."""
        bom = len(self.text) - len(self.text.removeprefix("\ufeff"))
        return [bom, *(found.end() for found in _LINE_BREAK.finditer(self.text))]


def _read(path: str, text: str, schema: Definition) -> tuple[Node | None, Node | None, Problems]:
    problems = Problems(path, LIMITS.errors, LIMITS.error_length)
    raw = read_yaml(text, problems, LIMITS)
    if raw is None:
        return None, None, problems
    size = expression_size(raw)
    if size > MOST_EXPRESSIONS:
        message = f"The expressions in this file have {size} characters, too many to check the file: the most is "
        problems.error_at(0, 0, "limit", f"{message}{MOST_EXPRESSIONS}")
        return None, None, problems
    return raw, check(raw, schema, problems, LIMITS), problems


@dataclass(eq=False)
class Step:
    """A step of a job or of a composite action. `index` counts from 0, those inside `parallel` included.

    `job` is None in an action. `is_inner`: part of a parallel group.
    """

    node: MappingNode
    index: int
    job: Job | None = None
    is_inner: bool = False

    @cached_property
    def fields(self) -> dict[str, Node]:
        """The values by key."""
        return self.node.fields()

    def text(self, key: str) -> str:
        """The text of a scalar key as written, expressions included; empty when it is absent."""
        return source_of(self.fields.get(key))

    @cached_property
    def id(self) -> str:
        """The id that was written, or nothing."""
        return plain_text(self.fields.get("id"))

    @cached_property
    def uses(self) -> str:
        """The action, or nothing."""
        return plain_text(self.fields.get("uses"))

    @property
    def with_(self) -> list[tuple[ScalarNode, str, Node]]:
        """The inputs: key node, name, value."""
        return entries_of(self.fields.get("with"))


@dataclass(eq=False)
class Job:
    """A job. `key` is the node of its id."""

    file: Workflow
    key: ScalarNode
    id: str
    node: Node

    @cached_property
    def fields(self) -> dict[str, Node]:
        """The values by key."""
        return fields_of(self.node)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order; those of a parallel group follow the step that holds the group."""
        return _steps(self.fields.get("steps"), self)

    @property
    def uses(self) -> str:
        """The called workflow, or nothing."""
        return plain_text(self.fields.get("uses"))

    @cached_property
    def needs(self) -> list[tuple[str, ScalarNode]]:
        """The ids in `needs`, as written, with their nodes."""
        return [(plain_text(node), node) for node in scalars_of(self.fields.get("needs")) if plain_text(node)]


@dataclass(eq=False)
class Workflow(Document):
    """A workflow file."""

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs in order."""
        return tuple(Job(self, key, name, node) for key, name, node in entries_of(self.fields.get("jobs")))

    @cached_property
    def events(self) -> dict[str, tuple[ScalarNode, Node | None]]:
        """The events of `on`: the node that names each, and its configuration."""
        node = self.fields.get("on")
        if isinstance(node, MappingNode):
            return {name: (key, value) for key, name, value in entries_of(node)}
        return {plain_text(item): (item, None) for item in scalars_of(node) if plain_text(item)}

    def job(self, job_id: str) -> Job | None:
        """A job by its id, case ignored."""
        return self._by_id.get(job_id.lower())

    @cached_property
    def _by_id(self) -> dict[str, Job]:
        return {job.id.lower(): job for job in self.jobs}


@dataclass(eq=False)
class Action(Document):
    """Action metadata."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of a composite action; none for other kinds."""
        return _steps(fields_of(self.fields.get("runs")).get("steps"), None)

    @property
    def folder(self) -> str:
        """The folder of the action, relative to the repository; empty for its root."""
        return self.path.rpartition("/")[0]

    @cached_property
    def inputs(self) -> dict[str, tuple[ScalarNode, dict[str, Node]]]:
        """The inputs by name in lower case: the node of the name, and its keys."""
        return {name.lower(): (key, fields_of(node)) for key, name, node in entries_of(self.fields.get("inputs"))}

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(name for _, name, _ in entries_of(self.fields.get("outputs")))

    @property
    def using(self) -> str:
        """How it runs: `composite`, `docker`, `node20`…, in lower case."""
        return plain_text(fields_of(self.fields.get("runs")).get("using")).lower()


def read_workflow(path: str, text: str) -> Workflow:
    """Read a workflow file. Never raises."""
    return Workflow(path, text, *_read(path, text, workflow_schema(strict=True)))


def read_action(path: str, text: str) -> Action:
    """Read action metadata. Never raises."""
    return Action(path, text, *_read(path, text, action_schema(strict=True)))


def source_of(node: Node | None) -> str:
    """The text of a scalar as written, expressions included; empty when absent or no scalar."""
    return node.source if isinstance(node, ScalarNode) else ""


def scalars_of(node: Node | None) -> list[ScalarNode]:
    """One scalar, or the scalars of a list."""
    if isinstance(node, ScalarNode):
        return [node]
    return [item for item in node.items if isinstance(item, ScalarNode)] if isinstance(node, SequenceNode) else []


def _steps(node: Node | None, job: Job | None) -> tuple[Step, ...]:
    found: list[Step] = []
    for item in node.items if isinstance(node, SequenceNode) else ():
        if isinstance(item, MappingNode):
            found.append(Step(item, len(found), job))
            inner = item.fields().get("parallel")
            for part in inner.items if isinstance(inner, SequenceNode) else ():
                if isinstance(part, MappingNode):
                    found.append(Step(part, len(found), job, is_inner=True))
    return tuple(found)
