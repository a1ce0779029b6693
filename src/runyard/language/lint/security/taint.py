"""Where the values that outsiders choose flow: through `env`, outputs of steps and jobs, inputs and the matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from runyard.language.convert.values import plain_text
from runyard.language.expressions.tree import Function, Index, Logical, NamedValue, Node
from runyard.language.lint.document import Action, Document, Job, Step, Workflow
from runyard.language.lint.project import Project
from runyard.language.lint.security.embedded import embedded, scalars, value_at
from runyard.language.lint.security.known_outputs import is_untrusted_output
from runyard.language.lint.security.scripts import all_steps
from runyard.language.lint.security.sources import (
    SAFE_FUNCTIONS,
    Path,
    Who,
    context_path,
    outsider_container,
    outsider_path,
    spelled,
)
from runyard.language.lint.security.uses import slug_of
from runyard.language.reader.nodes import Node as YamlNode

_MAX_HOPS = 6
_FREE_TYPES = ("", "string")
_OUTPUT = re.compile(r"(?P<name>[A-Za-z_][\w-]*)=(?P<value>.*)")
_VARIABLE = re.compile(r"\$\{?(?P<name>(?!GITHUB_)[A-Za-z_]\w*)")


class Tainted(NamedTuple):
    """A value that somebody else chooses: its origin, who chooses it, and the context it was read through, if any."""

    origin: str
    who: Who
    via: str = ""


class Callers:
    """Who calls the workflows and local actions of a project; and what is known, so that nothing is followed twice."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known: dict[tuple[Path, int, int, int, int], Tainted | None] = {}
        self._jobs: dict[int, list[Job]] = {}
        self._steps: dict[int, list[tuple[Document, Step]]] = {}
        for workflow in project.workflows:
            for job in workflow.jobs:
                called = project.workflow(job.uses) if job.uses else None
                if called is not None:
                    self._jobs.setdefault(id(called), []).append(job)
        for file, step in all_steps(project):
            action = project.action(step.uses)
            if action is not None:
                self._steps.setdefault(id(action), []).append((file, step))

    def inputs(self, file: Document) -> Iterator[tuple[Document, Job | None, Step | None, YamlNode | None]]:
        """What calls a file with which `with`: file, job, step (None where a job calls)."""
        for job in self._jobs.get(id(file), ()):
            yield job.file, job, None, job.fields.get("with")
        for caller, step in self._steps.get(id(file), ()):
            yield caller, step.job, step, step.fields.get("with")


class Flow:
    """Answers what reaches an expression at one place: in a file, perhaps in a job, perhaps in a step."""

    def __init__(
        self, callers: Callers, file: Document, job: Job | None = None, step: Step | None = None, hops: int = 0
    ) -> None:
        self._callers = callers
        self._file = file
        self._job = job
        self._step = step
        self._hops = hops

    def of_text(self, text: str) -> Tainted | None:
        """The first tainted value among the `${{ }}` of a text."""
        found = (self.of_expression(part.node) for part in embedded(text))
        return next((tainted for tainted in found if tainted is not None), None)

    def of_yaml(self, node: YamlNode | None) -> Tainted | None:
        """The first tainted value in the scalars below a node."""
        found = (self.of_text(scalar.source) for scalar in scalars(node))
        return next((tainted for tainted in found if tainted is not None), None)

    def of_expression(self, node: Node) -> Tainted | None:
        """The first tainted value that reaches the value of an expression."""
        found = (self._of_leaf(path, is_json=is_json) for path, is_json in carried(node))
        return next((tainted for tainted in found if tainted is not None), None)

    def of_variable(self, name: str) -> Tainted | None:
        """What reaches an environment variable of the step."""
        return self._known(("env", name.lower()))

    def _of_leaf(self, path: Path, *, is_json: bool) -> Tainted | None:
        if outsider_path(path):
            return Tainted(spelled(path), "outsider")
        if is_json and outsider_container(path):
            return Tainted(f"toJSON({spelled(path)})", "outsider")
        if self._hops >= _MAX_HOPS or len(path) < 2:
            return None
        found = self._known(path)
        return None if found is None else found._replace(via=found.via or spelled(path))

    def _known(self, path: Path) -> Tainted | None:
        """What reaches a path, looked up once."""
        known = self._callers.known
        place = (0, 0) if path[0] == "inputs" else (id(self._job), id(self._step))
        key = (path, id(self._file), *place, self._hops)
        if key not in known:
            known[key] = self._through(path)
        return known[key]

    def _through(self, path: Path) -> Tainted | None:
        if path[0] == "inputs":
            return self._of_input(path[1])
        if path[:3] == ("github", "event", "inputs") and len(path) > 3:
            return self._of_dispatch_input(path[3])
        if path[:3] == ("github", "event", "client_payload"):
            return Tainted(spelled(path), "caller")
        if path[0] == "env":
            return self._of_env(path[1])
        if path[0] == "matrix":
            return self._of_matrix(path[1])
        if len(path) > 3 and path[2] == "outputs":
            return self._of_step(path[1], path[3]) if path[0] == "steps" else self._of_job(path[0], path[1], path[3])
        return None

    # --- inputs ---

    def _of_input(self, name: str) -> Tainted | None:
        for file, job, step, given in self._callers.inputs(self._file):
            found = self._further(file, job, step).of_yaml(value_at(given, name))
            if found is not None and found.who == "outsider":
                return found
        if isinstance(self._file, Action):
            return Tainted(f"inputs.{name}", "caller") if name in self._file.inputs else None
        if isinstance(self._file, Workflow) and _is_free(self._file, "workflow_call", name):
            return Tainted(f"inputs.{name}", "caller")
        return self._of_dispatch_input(name)

    def _of_dispatch_input(self, name: str) -> Tainted | None:
        if isinstance(self._file, Workflow) and _is_free(self._file, "workflow_dispatch", name):
            return Tainted(f"inputs.{name}", "starter")
        return None

    # --- env, matrix, outputs ---

    def _of_env(self, name: str) -> Tainted | None:
        step, job = self._step, self._job
        levels = [
            (step.fields.get("env") if step else None, job),
            (job.fields.get("env") if job else None, job),
            (self._file.fields.get("env"), None),
        ]
        for node, owner in levels:
            value = value_at(node, name)
            if value is not None:
                return self._further(self._file, owner).of_yaml(value)
        return None

    def _of_matrix(self, name: str) -> Tainted | None:
        matrix = value_at(self._job.fields.get("strategy"), "matrix") if self._job else None
        return self._further(self._file, self._job).of_yaml(value_at(matrix, name))

    def _of_job(self, context: str, job_id: str, output: str) -> Tainted | None:
        job = self._file.job(job_id) if context == "needs" and isinstance(self._file, Workflow) else None
        if job is None:
            return None
        return self._further(self._file, job).of_yaml(value_at(job.fields.get("outputs"), output))

    def _of_step(self, step_id: str, output: str) -> Tainted | None:
        owner = self._job or self._file
        step = _steps_by_id(owner).get(step_id) if isinstance(owner, Job | Action) else None
        if step is None:
            return None
        if step.uses:
            origin = f"steps.{step_id}.outputs.{output}"
            return Tainted(origin, "outsider") if is_untrusted_output(slug_of(step.uses), output) else None
        return self._of_written(step, output)

    def _of_written(self, step: Step, output: str) -> Tainted | None:
        """What a script writes with `echo name=… >> $GITHUB_OUTPUT`."""
        flow = self._further(self._file, self._job, step)
        value = _written(step).get(output, "")
        names = (variable["name"] for variable in _VARIABLE.finditer(value))
        return flow.of_text(value) or next(filter(None, (flow.of_variable(name) for name in names)), None)

    def _further(self, file: Document, job: Job | None, step: Step | None = None) -> Flow:
        return Flow(self._callers, file, job, step, self._hops + 1)


def carried(node: Node, *, is_json: bool = False) -> Iterator[tuple[Path, bool]]:
    """The contexts whose text may be in the value of an expression, and whether the whole object is, as JSON."""
    if isinstance(node, Index | NamedValue):
        path = context_path(node)
        if path is not None:
            yield path, is_json
        elif isinstance(node, Index):
            yield from carried(node.target)
    elif isinstance(node, Function):
        name = node.name.lower()
        if name not in SAFE_FUNCTIONS:
            parts = node.arguments if name != "case" else (*node.arguments[1::2], node.arguments[-1])
            for part in parts:
                yield from carried(part, is_json=name == "tojson")
    elif isinstance(node, Logical):
        for part in node.operands if node.operator == "||" else node.operands[-1:]:
            yield from carried(part)


def _is_free(file: Workflow, event: str, name: str) -> bool:
    """Whether an event's input of that name takes any text."""
    _, settings = file.events.get(event, (None, None))
    settings_of_input = value_at(value_at(settings, "inputs"), name)
    return settings_of_input is not None and plain_text(value_at(settings_of_input, "type")) in _FREE_TYPES


@lru_cache(maxsize=64)
def _written(step: Step) -> dict[str, str]:
    """What a script writes to `$GITHUB_OUTPUT`, by name in lower case; the first of each name."""
    lines = [line for line in step.text("run").splitlines() if "GITHUB_OUTPUT" in line]
    found = [match for match in map(_OUTPUT.search, lines) if match is not None]
    return {match["name"].lower(): match["value"] for match in reversed(found)}


@lru_cache(maxsize=64)
def _steps_by_id(owner: Job | Action) -> dict[str, Step]:
    return {step.id.lower(): step for step in reversed(owner.steps) if step.id}
