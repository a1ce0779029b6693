"""`parse` and `bind_call`: from the text of a workflow file to the model or to diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runyard.language.convert.calls import Calls, Grant
from runyard.language.convert.permissions import DefaultPermissions, default_levels
from runyard.language.convert.references import called_reference
from runyard.language.convert.workflow import convert_workflow
from runyard.language.diagnostics import Diagnostic, Problems
from runyard.language.limits import DEFAULT_LIMITS, Limits
from runyard.language.model import Job, Workflow
from runyard.language.reader.check import check
from runyard.language.reader.collection import uncollected
from runyard.language.reader.yaml_reader import read_yaml
from runyard.language.schema.workflow import workflow_schema

Load = Callable[[str], str | None]
"""The text of a reusable workflow by its reference (see `called_reference`), or None when there is none."""


@dataclass(frozen=True, slots=True)
class ParseResult:
    """A workflow, or None and the reasons. Without a workflow there is at least one error."""

    workflow: Workflow | None
    diagnostics: tuple[Diagnostic, ...] = ()


def parse(
    text: str,
    path: str = "workflow.yml",
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    load: Load | None = None,
    default_permissions: DefaultPermissions = "write",
) -> ParseResult:
    """Read a workflow file. Never raises; time is linear in the text and bounded by `limits`.

    `path` names the file in diagnostics. `strict` checks `on` as editors do (unknown events, types and filters are
    errors); the default is what decides whether a file can run. With `load` the calls of reusable workflows are bound
    (`Job.called`), without it they are not followed. `default_permissions` is what a caller grants that says nothing.
    Pure, so callers may cache by text.
    """
    problems = Problems(path, limits.errors, limits.error_length)
    read = _reader(limits, strict=strict)
    workflow = read(text, path, problems)
    if workflow is None:
        return ParseResult(None, tuple(problems.found))
    jobs = len(workflow.jobs)
    if load is not None and jobs <= limits.jobs:
        calls = Calls(read, load, limits)
        workflow = calls.bind(workflow, Grant(default_levels(default_permissions)), problems)
        jobs = calls.jobs
    if jobs > limits.jobs:
        _too_many_jobs(limits, problems)
    return ParseResult(None, _in_order(problems)) if problems.errors else ParseResult(workflow)


@dataclass(frozen=True, slots=True)
class BindResult:
    """A job whose `called` is set, or None and the reasons."""

    job: Job | None
    diagnostics: tuple[Diagnostic, ...] = ()


def bind_call(
    caller: Workflow,
    job: Job,
    text: str,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    load: Load | None = None,
    default_permissions: DefaultPermissions = "write",
) -> BindResult:
    """Bind one call when the text of the called file is at hand, with all the checks of `parse`. Never raises.

    `job` is a job of `caller` that calls the workflow `called_reference(caller, job)`. Without `load` the calls inside
    the called file stay unbound; each can be bound later with `job.called` as the caller. Diagnostics are those of the
    caller's file. ValueError for a job that calls nothing.
    """
    reference = called_reference(caller, job)
    problems = Problems(caller.path, limits.errors, limits.error_length)
    calls = Calls(
        _reader(limits, strict=strict),
        lambda wanted: text if wanted == reference else load(wanted) if load else None,
        limits,
        follow=load is not None,
    )
    grant = Grant(default_levels(default_permissions)).narrowed(caller.permissions)
    bound = calls.bind_job(caller, job, grant, problems)
    if calls.jobs > limits.jobs:
        _too_many_jobs(limits, problems)
    return BindResult(None, _in_order(problems)) if problems.errors else BindResult(bound)


def _reader(limits: Limits, *, strict: bool) -> Callable[[str, str, Problems], Workflow | None]:
    schema = workflow_schema(strict=strict)

    def read(text: str, path: str, problems: Problems) -> Workflow | None:
        """The workflow of a text, its calls not bound; None after noting why not."""
        with uncollected():
            root = read_yaml(text, problems, limits)
            if root is None:
                return None
            root = check(root, schema, problems, limits)
            if problems.errors:
                return None
            workflow = convert_workflow(root, path, problems)
        problems.found = list(_in_order(problems))
        return None if problems.errors else workflow

    return read


def _too_many_jobs(limits: Limits, problems: Problems) -> None:
    problems.error_at(
        0, 0, "limit", f"The workflow may not contain more than {limits.jobs} jobs across all referenced files"
    )


def _in_order(problems: Problems) -> tuple[Diagnostic, ...]:
    """What was found, in the order of the file."""
    return tuple(sorted(problems.found, key=lambda each: (each.line, each.column)))
