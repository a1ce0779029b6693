"""Where the values that outsiders choose flow: through `env`, outputs of steps and jobs, inputs and the matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from runyard.language.convert.values import entries_of, plain_text
from runyard.language.lint.document import Action, Document, Job, Step, Workflow
from runyard.language.lint.project import Project
from runyard.language.lint.security.embedded import Embedded, embedded, scalars, value_at
from runyard.language.lint.security.known_outputs import is_untrusted_output
from runyard.language.lint.security.scripts import all_steps
from runyard.language.lint.security.sources import Path, Who, outsider_container, outsider_path, spelled
from runyard.language.lint.security.uses import slug_of
from runyard.language.reader.nodes import Node

_FREE_TYPES = ("", "string")
_OUTPUT = re.compile(r"(?<![\w-])(?:(?![A-Za-z_])[\w-])*+(?P<name>[A-Za-z_][\w-]*+)=(?P<value>.*)")
_VARIABLE = re.compile(r"\$\{?(?P<name>(?!GITHUB_)[A-Za-z_]\w*)")
_OF_FILE = frozenset({"github", "inputs", "needs"})
_OF_JOB = frozenset({"matrix", "steps"})


class Tainted(NamedTuple):
    """A value that somebody else chooses: its origin, who chooses it, and the context it was read through, if any."""

    origin: str
    who: Who
    via: str = ""


class Place(NamedTuple):
    """Where an expression stands: in a file, perhaps in a job, perhaps in a step."""

    file: Document
    job: Job | None = None
    step: Step | None = None


class Value(NamedTuple):
    """What a path means at a place."""

    path: Path
    place: Place


Source = Tainted | Value
"""What a value is made from."""


@lru_cache(maxsize=1)
def flows_of(project: Project) -> Flows:
    """The flows of a project, for all rules."""
    return Flows(project)


class Flows:
    """Answers what reaches the expressions of a project. Each value is followed once, whoever asks for it."""

    def __init__(self, project: Project) -> None:
        self._known: dict[Value, Tainted | None] = {}
        self._given: dict[Document, dict[str, list[tuple[Place, Node]]]] = {}
        self._steps: dict[Job | Action, dict[str, Step]] = {}
        self._outputs: dict[Step, dict[str, str]] = {}
        for workflow in project.workflows:
            for job in workflow.jobs:
                called = project.workflow(job.uses) if job.uses else None
                if called is not None:
                    self._give(called, Place(workflow, job), job.fields.get("with"))
        for file, step in all_steps(project):
            action = project.action(step.uses)
            if action is not None:
                self._give(action, Place(file, step.job, step), step.fields.get("with"))

    def _give(self, called: Document, place: Place, given: Node | None) -> None:
        by_name = self._given.setdefault(called, {})
        for _, name, node in entries_of(given):
            by_name.setdefault(name.lower(), []).append((place, node))

    def of_expression(self, part: Embedded, place: Place) -> Tainted | None:
        """The first tainted value that reaches the value of an expression."""
        found = map(self._of_source, _read(part, place))
        return next((tainted for tainted in found if tainted is not None), None)

    def of_variable(self, name: str, place: Place) -> Tainted | None:
        """What reaches an environment variable of a step."""
        return self._followed(Value(("env", name.lower()), place))

    def _of_source(self, source: Source) -> Tainted | None:
        if isinstance(source, Tainted):
            return source
        found = self._followed(source)
        return found and found._replace(via=found.via or spelled(source.path))

    def _followed(self, value: Value) -> Tainted | None:
        """What reaches a value: the first of its sources that is tainted. One that leads back to it brings nothing."""
        known = self._known
        if value in known:
            return known[value]
        known[value] = None
        waiting = [(value, self._sources(value))]
        while waiting:
            current, sources = waiting[-1]
            if not sources:
                waiting.pop()
                continue
            source = sources[-1]
            if isinstance(source, Value) and source not in known:
                known[source] = None
                waiting.append((source, self._sources(source)))
                continue
            sources.pop()
            found = self._of_source(source)
            if found is not None and (found.who == "outsider" or found is source or current.path[0] != "inputs"):
                known[current] = found
                waiting.pop()
        return known[value]

    # --- what values are made from ---

    def _sources(self, value: Value) -> list[Source]:
        """The last one first."""
        path, place = value
        found: Iterator[Source] = iter(())
        if path[0] == "inputs":
            found = self._of_input(path[1], place.file)
        elif path[0] == "env":
            found = _of_env(path, place)
        elif path[0] == "matrix":
            found = _of_matrix(path[1], place)
        elif path[0] == "github":
            found = _of_event(path, place.file)
        elif len(path) > 3 and path[2] == "outputs":
            found = self._of_step(path, place) if path[0] == "steps" else _of_job(path, place.file)
        return list(found)[::-1]

    def _of_input(self, name: str, file: Document) -> Iterator[Source]:
        """What the callers give, then what the file itself knows of the input."""
        for place, node in self._given.get(file, {}).get(name, ()):
            yield from _in_yaml(node, place)
        if isinstance(file, Action):
            if name in file.inputs:
                yield Tainted(f"inputs.{name}", "caller")
        elif _is_free(file, "workflow_call", name):
            yield Tainted(f"inputs.{name}", "caller")
        elif _is_free(file, "workflow_dispatch", name):
            yield Tainted(f"inputs.{name}", "starter")

    def _of_step(self, path: Path, place: Place) -> Iterator[Source]:
        _, step_id, _, output, *_ = path
        step = self._step(step_id, place)
        if step is None:
            return
        if step.uses:
            if is_untrusted_output(slug_of(step.uses), output):
                yield Tainted(f"steps.{step_id}.outputs.{output}", "outsider")
            return
        if step not in self._outputs:
            self._outputs[step] = _written(step)
        yield from _in_script(self._outputs[step].get(output, ""), place._replace(step=step))

    def _step(self, step_id: str, place: Place) -> Step | None:
        owner = place.job or place.file
        if not isinstance(owner, Job | Action):
            return None
        if owner not in self._steps:
            self._steps[owner] = {step.id.lower(): step for step in reversed(owner.steps) if step.id}
        return self._steps[owner].get(step_id)


def _of_env(path: Path, place: Place) -> Iterator[Source]:
    """What the innermost `env` with that name holds."""
    file, job, step = place
    owner = step or job or file
    outer = Place(file, job if step else None)
    value = value_at(owner.fields.get("env"), path[1])
    if value is not None:
        yield from _in_yaml(value, outer if step else place)
    elif outer != place:
        yield Value(path, outer)


def _of_matrix(name: str, place: Place) -> Iterator[Source]:
    matrix = value_at(place.job.fields.get("strategy"), "matrix") if place.job else None
    return _in_yaml(value_at(matrix, name), place)


def _of_event(path: Path, file: Document) -> Iterator[Source]:
    if path[:3] == ("github", "event", "client_payload"):
        yield Tainted(spelled(path), "caller")
    elif path[:3] == ("github", "event", "inputs") and len(path) > 3 and _is_free(file, "workflow_dispatch", path[3]):
        yield Tainted(f"inputs.{path[3]}", "starter")


def _of_job(path: Path, file: Document) -> Iterator[Source]:
    job = file.job(path[1]) if isinstance(file, Workflow) else None
    if job is not None:
        yield from _in_yaml(value_at(job.fields.get("outputs"), path[3]), Place(file, job))


def _in_yaml(node: Node | None, place: Place) -> Iterator[Source]:
    """What the scalars below a node read."""
    for scalar in scalars(node):
        for part in embedded(scalar.source):
            yield from _read(part, place)


def _in_script(text: str, place: Place) -> Iterator[Source]:
    """What a part of a script reads."""
    for part in embedded(text):
        yield from _read(part, place)
    for variable in _VARIABLE.finditer(text):
        yield Value(("env", variable["name"].lower()), place)


def _read(part: Embedded, place: Place) -> Iterator[Source]:
    """What an expression reads. A value that is the same in the whole job or file is one for all places there."""
    for path, is_json in part.carried:
        if outsider_path(path):
            yield Tainted(spelled(path), "outsider")
        elif is_json and outsider_container(path):
            yield Tainted(f"toJSON({spelled(path)})", "outsider")
        elif len(path) > 1:
            if path[0] == "env":
                yield Value(path, place)
            elif path[0] in _OF_JOB:
                yield Value(path, Place(place.file, place.job))
            elif path[0] in _OF_FILE:
                yield Value(path, Place(place.file))


def _is_free(file: Document, event: str, name: str) -> bool:
    """Whether an event's input of that name takes any text."""
    _, settings = file.events.get(event, (None, None)) if isinstance(file, Workflow) else (None, None)
    settings_of_input = value_at(value_at(settings, "inputs"), name)
    return settings_of_input is not None and plain_text(value_at(settings_of_input, "type")) in _FREE_TYPES


def _written(step: Step) -> dict[str, str]:
    """What a script writes to `$GITHUB_OUTPUT`, by name in lower case; the first of each name."""
    lines = [line for line in step.text("run").splitlines() if "GITHUB_OUTPUT" in line]
    found = [match for match in map(_OUTPUT.search, lines) if match is not None]
    return {match["name"].lower(): match["value"] for match in reversed(found)}
