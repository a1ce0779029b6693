"""The model has a field for every key of the schema, so that nothing that a file says gets lost."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from runyard.language.model import CallOutput, CallSecret, Input, Job, RunDefaults, Step, Strategy, Trigger, Workflow
from runyard.language.model_action import Action, ActionInput, ActionOutput, Branding, DockerRuns, NodeRuns
from runyard.language.schema.action import action_schema
from runyard.language.schema.definition import Definition
from runyard.language.schema.events import EVENTS
from runyard.language.schema.workflow import workflow_schema

RENAMED = {"if": "condition", "on": "triggers", "with": "with_", "deprecationMessage": "deprecation_message"}
WITHOUT_EFFECT = {("workflow", "description")}
"""Keys that only people read."""


def below(definition: Definition, *path: str) -> Definition:
    """What stands under a path of keys; `*` is any other key, `[]` an item."""
    for key in path:
        if key == "[]":
            assert definition.items is not None
            definition = definition.items
            continue
        found = [shape.others if key == "*" else shape.keys.get(key) for shape in definition.shapes]
        definition = next(each for each in found if each is not None)
    return definition


WORKFLOW = workflow_schema(strict=True)
ACTION = action_schema(strict=True)
CASES: list[tuple[str, Any, Definition]] = [
    ("workflow", Workflow, WORKFLOW),
    ("defaults", RunDefaults, below(WORKFLOW, "defaults", "run")),
    ("job", Job, below(WORKFLOW, "jobs", "*")),
    ("strategy", Strategy, below(WORKFLOW, "jobs", "*", "strategy")),
    ("step", Step, below(WORKFLOW, "jobs", "*", "steps", "[]")),
    ("call", Trigger, below(WORKFLOW, "on", "workflow_call")),
    ("call input", Input, below(WORKFLOW, "on", "workflow_call", "inputs", "*")),
    ("call secret", CallSecret, below(WORKFLOW, "on", "workflow_call", "secrets", "*")),
    ("call output", CallOutput, below(WORKFLOW, "on", "workflow_call", "outputs", "*")),
    ("dispatch input", Input, below(WORKFLOW, "on", "workflow_dispatch", "inputs", "*")),
    ("action", Action, ACTION),
    ("action input", ActionInput, below(ACTION, "inputs", "*")),
    ("action output", ActionOutput, below(ACTION, "outputs", "*")),
    ("branding", Branding, below(ACTION, "branding")),
    ("action step", Step, below(ACTION, "runs", "steps", "[]")),
]


@pytest.mark.parametrize(("name", "model", "definition"), CASES, ids=[case[0] for case in CASES])
def test_every_key_has_a_field(name: str, model: Any, definition: Definition) -> None:
    known = {field.name for field in fields(model)}
    keys = {key for shape in definition.shapes for key in shape.keys if (name, key) not in WITHOUT_EFFECT}
    assert keys
    assert {key for key in keys if RENAMED.get(key, key.replace("-", "_")) not in known} == set()


def test_every_filter_of_an_event_has_a_field() -> None:
    known = {field.name for field in fields(Trigger)}
    assert {name for kind in EVENTS.values() for name in kind.filters if name.replace("-", "_") not in known} == set()


def test_every_key_of_runs_has_a_field() -> None:
    known = {field.name for each in (NodeRuns, DockerRuns) for field in fields(each)} | {"using", "steps"}
    keys = {key for shape in below(ACTION, "runs").shapes for key in shape.keys}
    assert {key for key in keys if key.replace("-", "_") not in known} == set()
