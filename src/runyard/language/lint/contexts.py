"""Which contexts an expression sees, and their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from runyard.language.convert.values import entries_of, fields_of, plain_text
from runyard.language.lint import github_context
from runyard.language.lint.document import Action, Document, Job, Step, Workflow, scalars_of
from runyard.language.lint.infer import constant_type
from runyard.language.lint.places import Place
from runyard.language.lint.types import (
    ANY,
    BOOL,
    NUMBER,
    OBJECT,
    STRING,
    TEXTS,
    Type,
    array,
    fused,
    record,
)
from runyard.language.lint.versions import known_action
from runyard.language.model import Expression, Insert
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runyard.language.schema.definition import Scope

if TYPE_CHECKING:
    from runyard.language.lint.project import Project

_INPUT_TYPES = {"boolean": BOOL, "number": NUMBER}
_ALWAYS_SECRETS = ("GITHUB_TOKEN", "ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG")
_NO_PROPERTIES = record({})


class Contexts:
    """The contexts of one file. What belongs to a job is worked out once per job."""

    def __init__(self, project: Project, document: Document) -> None:
        self._project = project
        self._document = document
        self._jobs: dict[str, dict[str, Type]] = {}
        self._visible: dict[tuple[Job | None, Scope, bool], dict[str, Type]] = {}
        self._steps: dict[str, dict[str, int]] = {}
        self._input_order: dict[str, int] = {}
        self._defaults: dict[int, int] = {}
        self._called_inputs = _NO_PROPERTIES
        if isinstance(document, Workflow):
            self._base = self._of_workflow(document)
        else:
            assert isinstance(document, Action)
            self._base = self._of_action(document)

    def visible(self, place: Place) -> Mapping[str, Type]:
        """The contexts that the schema allows at a place."""
        is_input = place.path[:3] == ("on", "workflow_call", "inputs") and isinstance(place.document, Workflow)
        key = place.job, place.scope, is_input
        found = self._visible.get(key)
        if found is None:
            known = self._base if place.job is None else self._of_job(place.job)
            found = self._visible[key] = {name: known.get(name, ANY) for name in place.scope.contexts}
            if is_input:
                found["inputs"] = self._called_inputs
        return found

    def is_later(self, place: Place, context: str, name: str) -> bool:
        """Whether a property does not exist yet: of a step that has not run, of an input that is declared later."""
        if context == "steps" and place.step is not None:
            order = self._order(place.job, place.document)
            return order.get(name, -1) >= place.step.index
        own = self._defaults.get(id(place.node))
        return context == "inputs" and own is not None and self._input_order.get(name, -1) >= own

    def _order(self, job: Job | None, document: Document) -> dict[str, int]:
        key = job.id if job is not None else ""
        if key not in self._steps:
            steps = job.steps if job is not None else document.steps if isinstance(document, Action) else ()
            order: dict[str, int] = {}
            for step in steps:
                order.setdefault(step.id.lower(), step.index)
            self._steps[key] = order
        return self._steps[key]

    # --- whole files ---

    def _of_workflow(self, document: Workflow) -> dict[str, Type]:
        dispatched = _event_inputs(document, "workflow_dispatch")
        called = _event_inputs(document, "workflow_call")
        if called is not None:
            self._remember_inputs(document, called)
        texts = record(dict.fromkeys(dispatched.names, STRING)) if dispatched is not None else None
        return {
            "github": github_context.github(texts),
            "inputs": fused(each for each in (called, dispatched) if each is not None)
            if called is not None or dispatched is not None
            else _NO_PROPERTIES,
            "vars": TEXTS,
            "env": TEXTS,
            "secrets": _secrets(document),
            "runner": github_context.RUNNER,
            "jobs": record({job.id: github_context.needed_job(self._outputs(job)) for job in document.jobs}),
        }

    def _remember_inputs(self, document: Workflow, called: Type) -> None:
        """A default of an input of `workflow_call` sees only the inputs declared before it."""
        self._called_inputs = called
        inputs = fields_of(document.events["workflow_call"][1]).get("inputs")
        for index, (_, name, node) in enumerate(entries_of(inputs)):
            self._input_order[name.lower()] = index
            self._defaults[id(fields_of(node).get("default"))] = index

    def _of_action(self, document: Action) -> dict[str, Type]:
        names = [key.source for key, _ in document.inputs.values()]
        return {
            "github": github_context.github(),
            "inputs": record(dict.fromkeys(names, STRING)),
            "env": TEXTS,
            "runner": github_context.RUNNER,
            "strategy": github_context.STRATEGY,
            "job": github_context.job(),
            "matrix": OBJECT,
            "steps": self._step_types(document.steps),
        }

    # --- jobs ---

    def _of_job(self, job: Job) -> dict[str, Type]:
        found = self._jobs.get(job.id)
        if found is None:
            needed = (job.file.job(name) for name, _ in job.needs)
            needs = {each.id: github_context.needed_job(self._outputs(each)) for each in needed if each is not None}
            found = self._jobs[job.id] = {
                **self._base,
                "needs": record(needs),
                "strategy": github_context.STRATEGY,
                "matrix": _matrix(job),
                "job": github_context.job(_services(job.fields.get("services"))),
                "steps": self._step_types(job.steps),
            }
        return found

    def _outputs(self, job: Job) -> Type:
        if "uses" in job.fields:
            called = self._project.workflow(job.uses)
            trigger = called.events.get("workflow_call") if called is not None else None
            if trigger is None:
                return TEXTS
            return _texts(name for _, name, _ in entries_of(fields_of(trigger[1]).get("outputs")))
        outputs = job.fields.get("outputs")
        return TEXTS if isinstance(outputs, ScalarNode) else _texts(name for _, name, _ in entries_of(outputs))

    def _step_types(self, steps: tuple[Step, ...]) -> Type:
        return record({step.id: github_context.step(self._step_outputs(step)) for step in steps if step.id})

    def _step_outputs(self, step: Step) -> Type:
        action = self._project.action(step.uses)
        if action is not None:
            return TEXTS if action.root is None or action.using == "docker" else _texts(action.outputs)
        known = known_action(self._document, step.fields.get("uses"))
        return TEXTS if known is None or known.outputs is None else _texts(known.outputs)


def _texts(names: Iterable[str]) -> Type:
    return record(dict.fromkeys(names, STRING))


# --- inputs and secrets ---


def _event_inputs(document: Workflow, event: str) -> Type | None:
    """The inputs that an event declares; None when the workflow does not react to it."""
    if event not in document.events:
        return None
    inputs = fields_of(document.events[event][1]).get("inputs")
    return record({name: _input_type(node) for _, name, node in entries_of(inputs)})


def _input_type(node: Node) -> Type:
    return _INPUT_TYPES.get(plain_text(fields_of(node).get("type")), STRING)


def _secrets(document: Workflow) -> Type:
    """Open, because callers may let all of theirs be inherited. The declared ones are those that could be misspelt."""
    trigger = document.events.get("workflow_call")
    declared = [name for _, name, _ in entries_of(fields_of(trigger[1]).get("secrets"))] if trigger else []
    return record(dict.fromkeys((*declared, *_ALWAYS_SECRETS), STRING), STRING) if declared else TEXTS


# --- services and matrix ---


def _services(node: Node | None) -> Type:
    if not isinstance(node, MappingNode) or not _is_literal(node):
        return _NO_PROPERTIES if node is None else OBJECT
    return record(
        {name: github_context.service(_ports(fields_of(value).get("ports"))) for _, name, value in entries_of(node)}
    )


def _ports(node: Node | None) -> Type:
    """The ports inside of a container, as text. What is not plainly written is not known."""
    ports = [plain_text(item) for item in scalars_of(node)]
    if not all(ports) or any("-" in port for port in ports):
        return TEXTS
    return _texts(port.rpartition(":")[2].partition("/")[0] for port in ports)


def _matrix(job: Job) -> Type:
    strategy = job.fields.get("strategy")
    if isinstance(strategy, ScalarNode):
        return OBJECT
    matrix = fields_of(strategy).get("matrix")
    if matrix is None:
        return _NO_PROPERTIES
    if not isinstance(matrix, MappingNode) or not _is_literal(matrix):
        return OBJECT
    vectors = {name: _vector(node) for _, name, node in entries_of(matrix) if name not in ("include", "exclude")}
    include = matrix.fields().get("include")
    if include is None:
        return record(vectors)
    if not isinstance(include, SequenceNode):
        return record(vectors, ANY)
    rows = [value_type(row) for row in include.items]
    if any(row.kind != "object" or row.rest is not None for row in rows):
        return record(vectors, ANY)
    return fused([record(vectors), *rows])


def _vector(node: Node) -> Type:
    found = value_type(node)
    return found.item or ANY if found.kind == "array" else ANY


def _is_literal(node: MappingNode) -> bool:
    return all(isinstance(key.value, str) for key, _ in node.pairs)


def value_type(node: Node) -> Type:
    """The type of a value as it stands in the file."""
    if isinstance(node, ScalarNode):
        return ANY if isinstance(node.value, Expression | Insert) else constant_type(node.value)
    if isinstance(node, SequenceNode):
        return array(fused(value_type(item) for item in node.items))
    if not _is_literal(node):
        return OBJECT
    return record({name: value_type(value) for _, name, value in entries_of(node)})
