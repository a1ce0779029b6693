"""`parse`: from the text of a workflow file to the model or to diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runyard.language.convert.calls import Caller, Calls
from runyard.language.convert.permissions import DefaultPermissions, default_levels
from runyard.language.convert.workflow import convert_workflow
from runyard.language.diagnostics import Diagnostic, Problems
from runyard.language.limits import DEFAULT_LIMITS, Limits
from runyard.language.model import Workflow
from runyard.language.reader.check import check
from runyard.language.reader.yaml_reader import read_yaml
from runyard.language.schema.workflow import workflow_schema


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
    load: Callable[[str], str | None] | None = None,
    default_permissions: DefaultPermissions = "write",
) -> ParseResult:
    """Read a workflow file. Never raises; time is linear in the text and bounded by `limits`.

    `path` names the file in diagnostics. `strict` checks `on` as editors do (unknown events, types and filters are
    errors); the default is what decides whether a file can run. `load` gives the text of a reusable workflow by its
    reference (`./.github/workflows/x.yml`, `owner/repo/…@v1`), or None; without it calls are not followed.
    `default_permissions` is what a caller grants that says nothing. Pure, so callers may cache by text.
    """
    problems = Problems(path, limits.errors, limits.error_length)
    files = _Files(limits, load, strict=strict)
    workflow = files.read(text, Caller(default_levels(default_permissions), path), problems)
    if files.jobs > limits.jobs:
        message = f"Workflows may not contain more than {limits.jobs} jobs across all referenced files"
        problems.error_at(0, 0, "limit", message)
    if problems.errors:
        return ParseResult(None, tuple(sorted(problems.found, key=_place)))
    return ParseResult(workflow)


class _Files:
    """Reads one file and the files that it calls."""

    def __init__(self, limits: Limits, load: Callable[[str], str | None] | None, *, strict: bool) -> None:
        self._limits = limits
        self._schema = workflow_schema(strict=strict)
        self._calls = None if load is None else Calls(load, self.read, limits)
        self.jobs = 0

    def read(self, text: str, caller: Caller, problems: Problems) -> Workflow | None:
        """The workflow of a text; None after noting why not. `caller` stands for this file and what it may grant."""
        root = read_yaml(text, problems, self._limits)
        if root is None:
            return None
        root = check(root, self._schema, problems, self._limits)
        if problems.errors:
            return None
        workflow = convert_workflow(root, caller.path, problems)
        self.jobs += len(workflow.jobs)
        if problems.errors or self._calls is None or self.jobs > self._limits.jobs:
            return workflow
        return self._calls.bind(workflow, root, caller, problems)


def _place(diagnostic: Diagnostic) -> tuple[int, int]:
    return diagnostic.line, diagnostic.column
