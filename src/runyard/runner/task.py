"""What one execution is given and what it answers: plain data without addresses of any server."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Conclusion(enum.StrEnum):
    """How a step or a job ended; the texts are those of the `steps` and `needs` contexts."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Need:
    """A finished job that this one depends on."""

    result: Conclusion
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One execution of one job.

    `payload` is the text of a workflow with exactly one job. `context` is the `github` context plus what the server
    adds (`token`, `gitea_default_actions_url`, …). Every value of `secrets` is masked in everything that leaves the
    job.
    """

    id: int
    payload: str
    context: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, Need] = field(default_factory=dict)
    vars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How the job ended, and its outputs."""

    conclusion: Conclusion
    outputs: Mapping[str, str] = field(default_factory=dict)
