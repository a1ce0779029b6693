"""`permissions`: what a job may do, and what a called workflow asks for against what its caller may give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from runyard.language.model import Job, Value, Workflow
from runyard.language.schema.workflow import PERMISSION_LEVELS

DefaultPermissions = Literal["write", "limited-read"]
Levels = Mapping[str, str]
_RANK = {"none": 0, "read": 1, "write": 2}
_READ_ONLY = frozenset({"models", "vulnerability-alerts"})
_NO_READ = frozenset({"id-token", "copilot-requests"})
_LIMITED = {"contents": "read", "packages": "read"}


def job_permissions(workflow: Workflow, job: Job, default: DefaultPermissions = "write") -> dict[str, str]:
    """What the token of a job may do: `read` or `write` by scope; scopes that are not named may do nothing.

    The job's own `permissions` count, else those of its workflow, else `default`. What a caller grants to a workflow
    that asks for nothing stands in its jobs already.
    """
    written = workflow.permissions if job.permissions is None else job.permissions
    granted = default_levels(default) if written is None else levels(written)
    return {scope: level for scope, level in granted.items() if level != "none"} | {"metadata": "read"}


def default_levels(policy: DefaultPermissions) -> Levels:
    """What a workflow may do that says nothing."""
    return levels("write-all") if policy == "write" else _LIMITED


def levels(value: Value) -> Levels:
    """The level of each scope that is granted something."""
    if value == "write-all":
        return {scope: "read" if scope in _READ_ONLY else "write" for scope in PERMISSION_LEVELS}
    if value == "read-all":
        return {scope: "read" for scope in PERMISSION_LEVELS if scope not in _NO_READ}
    granted = value if isinstance(value, Mapping) else {}
    return {scope: "read" if scope in _READ_ONLY and level == "write" else level for scope, level in granted.items()}


def violations(called: Workflow, ref: str, allowed: Levels) -> Iterator[str]:
    """The messages about a called workflow, and about its jobs, that ask for more than is allowed."""
    asking = [("The workflow", called.permissions)]
    asking += [(f"The nested job '{job.name or job.id}'", job.permissions) for job in called.jobs.values()]
    for who, requested in asking:
        wanted = {scope: level for scope, level in levels(requested).items() if _exceeds(level, allowed.get(scope))}
        if wanted:
            asked = ", ".join(f"{scope}: {level}" for scope, level in wanted.items())
            given = ", ".join(f"{scope}: {allowed.get(scope, 'none')}" for scope in wanted)
            yield f"Error calling workflow '{ref}'. {who} is requesting '{asked}', but is only allowed '{given}'."


def _exceeds(level: str, allowed: str | None) -> bool:
    return _RANK[level] > _RANK[allowed or "none"]
