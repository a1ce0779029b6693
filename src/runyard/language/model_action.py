"""Action metadata (`action.yml`): immutable, with positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runyard.language.model import Expression, Position, Step, Value


@dataclass(frozen=True, slots=True)
class ActionInput:
    """An input. `default` None: the action gives none, the value is then empty. Runners do not enforce `required`."""

    name: str
    position: Position
    description: str = ""
    required: bool = False
    default: Value = None
    deprecation_message: str = ""


@dataclass(frozen=True, slots=True)
class ActionOutput:
    """An output; `value` is set for composite actions."""

    name: str
    position: Position
    description: str = ""
    value: Value = None


@dataclass(frozen=True, slots=True)
class CompositeRuns:
    """Steps that run in the caller's job. Each run step has a `shell`."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class NodeRuns:
    """JavaScript. `version` is the number in `using` (20 for `node20`). Paths are relative to the action."""

    version: int
    main: str
    pre_if: Expression
    post_if: Expression
    pre: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class DockerRuns:
    """A container. `image` is `docker://…` or the path of a Dockerfile; `args` None: the action gives none."""

    image: str
    pre_if: Expression
    post_if: Expression
    entrypoint: str | None = None
    args: tuple[Value, ...] | None = None
    env: Mapping[str, Value] = field(default_factory=dict)
    pre_entrypoint: str | None = None
    post_entrypoint: str | None = None


@dataclass(frozen=True, slots=True)
class Branding:
    """How a marketplace shows the action."""

    icon: str = ""
    color: str = ""


Runs = CompositeRuns | NodeRuns | DockerRuns


@dataclass(frozen=True, slots=True)
class Action:
    """A whole file. Inputs and outputs keep the file's order and spelling; input names compare without case."""

    path: str
    name: str
    description: str
    runs: Runs
    inputs: Mapping[str, ActionInput] = field(default_factory=dict)
    outputs: Mapping[str, ActionOutput] = field(default_factory=dict)
    author: str = ""
    branding: Branding | None = None
