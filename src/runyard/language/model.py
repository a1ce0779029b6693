"""The typed workflow: immutable, with positions, and without YAML.

A *value* is what a key may hold where expressions are allowed: a plain scalar, an `Expression`, or a tuple / mapping of
values. `${{ a }}` alone is an `Expression` that keeps its type; mixed text is an `Expression` of a `format(…)` call.

`places` tells where the keys stand that were written, in the order of the file: a key that is not there was not written
and its field has the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from runyard.language.expressions.tree import Node


class Position(NamedTuple):
    """Where something starts in its file; both 1-based, columns in code points."""

    line: int
    column: int


class Place(NamedTuple):
    """Where a key and its value start."""

    key: Position
    value: Position


Places: TypeAlias = Mapping[str, Place]
"""The places of keys, by the keys of the file."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. `source` is its text without `${{ }}`, `text` what the file has, `${{ }}` included.

    `text` is empty for an expression that the file does not spell out (a completed condition).
    """

    source: str
    node: Node = field(compare=False, repr=False)
    position: Position = field(compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Insert:
    """The key `${{ insert }}`: the mapping (or expression) that is its value is merged into the surrounding mapping."""

    position: Position


Value = Any
"""str | float | bool | None | Expression | tuple[Value, ...] | Mapping[str | Expression | Insert, Value]"""


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """`defaults.run`."""

    shell: str | Expression | None = None
    working_directory: str | Expression | None = None
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: one of `run`, `uses`, `wait`, `wait_all`, `cancel`, `parallel` is set.

    `condition` is completed with `success() && (…)` where GitHub does so. `has_id` is false for a generated id.
    `wait` and `cancel` hold ids of earlier steps, `parallel` the steps of the group (each with `background` set).
    """

    id: str
    condition: Expression
    position: Position
    has_id: bool = False
    name: str | Expression | None = None
    run: str | Expression | None = None
    shell: str | Expression | None = None
    working_directory: str | Expression | None = None
    uses: str | None = None
    with_: Value = field(default_factory=dict)
    env: Value = field(default_factory=dict)
    continue_on_error: bool | Expression = False
    timeout_minutes: float | Expression | None = None
    background: bool = False
    wait: tuple[str, ...] = ()
    wait_all: bool = False
    cancel: str | None = None
    parallel: tuple[Step, ...] = ()
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Strategy:
    """`strategy`. `matrix` is None, an Expression, or a mapping of vectors plus `include` / `exclude`."""

    position: Position
    matrix: Value = None
    fail_fast: bool | Expression = True
    max_parallel: float | Expression | None = None
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Either `steps` or (a call of a reusable workflow) `uses` is set.

    Keys that may be text or a mapping keep the file's form: `runs_on` text, tuple or `{group, labels}`; `container`
    text or `{image, options, env, ports, volumes, credentials}`, `services` a mapping of such (with `entrypoint` and
    `command`); `environment` text or `{name, url, deployment}`; `concurrency` text or `{group, cancel-in-progress,
    queue}` (see `evaluate_concurrency`); `permissions` `read-all`, `write-all` or a mapping of levels; `snapshot` text
    or `{image-name, version, if}`, whose `if` is an `Expression`. Each but `permissions` may also be one `Expression`.
    `needs` are spelled like the ids of the jobs they name.

    A call: `with_` holds the inputs and `secrets` `inherit`, a mapping, or None (nothing is passed). `called` is the
    reusable workflow with its own calls bound, its `path` the reference it was loaded by; None while nobody has loaded
    it (see `bind_call`). Its jobs have in `permissions` what this job grants them where they ask for nothing.

    `places` holds also the entries of a call's `with` and `secrets` (`with.name`).
    """

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
    snapshot: Value = None
    called: Workflow | None = None
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One entry of `on`. Filters are None when absent (an empty list is not).

    `inputs` belong to `workflow_dispatch` and `workflow_call`, `secrets` and `outputs` to `workflow_call`.
    """

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
    names: tuple[str, ...] | None = None
    versions: tuple[str, ...] | None = None
    schedules: tuple[Schedule, ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)
    secrets: Mapping[str, CallSecret] = field(default_factory=dict)
    outputs: Mapping[str, CallOutput] = field(default_factory=dict)
    places: Places = field(default_factory=dict, compare=False, repr=False)


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
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CallSecret:
    """A secret that a reusable workflow takes."""

    name: str
    position: Position
    description: str = ""
    required: bool = False
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CallOutput:
    """An output of a reusable workflow; `value` may use the context `jobs`."""

    name: str
    position: Position
    value: Value
    description: str = ""
    places: Places = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole file. `name` is empty when the file gives none; `triggers` and `jobs` keep the file's order.

    `depth` is the number of calls that lie above it: 0 for the file that a run is of. `concurrency` and `permissions`
    have the form of the same keys of a job.
    """

    path: str
    name: str
    triggers: Mapping[str, Trigger]
    jobs: Mapping[str, Job]
    run_name: str | Expression | None = None
    env: Value = field(default_factory=dict)
    defaults: RunDefaults = field(default_factory=RunDefaults)
    concurrency: Value = None
    permissions: Value = None
    depth: int = 0
    places: Places = field(default_factory=dict, compare=False, repr=False)
