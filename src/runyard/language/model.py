"""The typed workflow: immutable, with positions, and without YAML.

A *value* is what a key may hold where expressions are allowed: a plain scalar, an `Expression`, or a tuple / mapping of
values. `${{ a }}` alone is an `Expression` that keeps its type; mixed text is an `Expression` of a `format(…)` call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runyard.language.expressions.tree import Node


@dataclass(frozen=True, slots=True)
class Position:
    """Where something starts in its file; both 1-based, columns in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. `source` is its text without `${{ }}`."""

    source: str
    node: Node = field(compare=False, repr=False)
    position: Position = field(compare=False, repr=False)


Value = Any
"""str | float | bool | None | Expression | tuple[Value, ...] | Mapping[str, Value]"""


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """`defaults.run`."""

    shell: str | Expression | None = None
    working_directory: str | Expression | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `run` or `uses` is set. `condition` is completed with `success() && (…)` where GitHub does so."""

    id: str
    condition: Expression
    position: Position
    has_id: bool = False
    name: str | Expression | None = None
    run: str | Expression | None = None
    shell: str | None = None
    working_directory: str | Expression | None = None
    uses: str | None = None
    with_: Value = field(default_factory=dict)
    env: Value = field(default_factory=dict)
    continue_on_error: bool | Expression = False
    timeout_minutes: float | Expression | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """`strategy`. `matrix` is None, an Expression, or a mapping of vectors plus `include` / `exclude`."""

    position: Position
    matrix: Value = None
    fail_fast: bool | Expression = True
    max_parallel: float | Expression | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Either `steps` or (a call of a reusable workflow) `uses` is set."""

    id: str
    condition: Expression
    position: Position
    name: str | Expression | None = None
    needs: tuple[str, ...] = ()
    runs_on: Value = None
    strategy: Strategy | None = None
    env: Value = field(default_factory=dict)
    defaults: RunDefaults = field(default_factory=RunDefaults)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    timeout_minutes: float | Expression = 360
    cancel_timeout_minutes: float | Expression = 5
    continue_on_error: bool | Expression = False
    container: Value = None
    services: Value = None
    environment: Value = None
    concurrency: Value = None
    permissions: Value = None
    uses: str | None = None
    with_: Value = field(default_factory=dict)
    secrets: Value = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """One entry of `on`. Filters are None when absent (an empty list is not)."""

    event: str
    position: Position
    types: tuple[str, ...] | None = None
    branches: tuple[str, ...] | None = None
    branches_ignore: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tags_ignore: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    paths_ignore: tuple[str, ...] | None = None
    workflows: tuple[str, ...] | None = None
    schedules: tuple[Schedule, ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One item of `on.schedule`."""

    cron: str
    timezone: str
    position: Position


@dataclass(frozen=True, slots=True)
class Input:
    """An input of `workflow_dispatch` or `workflow_call`. `type`: string, boolean, number, choice, environment."""

    name: str
    position: Position
    type: str = "string"
    description: str = ""
    required: bool = False
    default: Value = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole file. `name` is empty when the file gives none; `triggers` and `jobs` keep the file's order."""

    path: str
    name: str
    triggers: Mapping[str, Trigger]
    jobs: Mapping[str, Job]
    run_name: str | Expression | None = None
    env: Value = field(default_factory=dict)
    defaults: RunDefaults = field(default_factory=RunDefaults)
    concurrency: Value = None
    permissions: Value = None
