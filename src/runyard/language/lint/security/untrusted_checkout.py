"""Foreign code, checked out in a run that has the repository's rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.expressions.tree import Compare, Literal, Node, Not
from runyard.language.lint.document import Job, Step, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import possible_events, requirements, tests_in
from runyard.language.lint.security.embedded import embedded
from runyard.language.lint.security.scripts import input_of
from runyard.language.lint.security.sources import Path, context_path, spelled
from runyard.language.lint.security.triggers import events_of
from runyard.language.lint.security.uses import slug_of
from runyard.language.reader.nodes import ScalarNode

_EVENTS = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
_PULL = ("github", "event", "pull_request")
_RUN = ("github", "event", "workflow_run")
_HEADS: frozenset[Path] = frozenset(
    {
        ("github", "head_ref"),
        (*_PULL, "head", "sha"),
        (*_PULL, "head", "ref"),
        (*_PULL, "head", "label"),
        (*_PULL, "head", "repo", "full_name"),
        (*_PULL, "head", "repo", "clone_url"),
        (*_PULL, "merge_commit_sha"),
        (*_RUN, "head_sha"),
        (*_RUN, "head_branch"),
        (*_RUN, "head_commit", "id"),
        (*_RUN, "head_repository", "full_name"),
    }
)
_BRANCH_ACTIONS = frozenset(
    {"xt0rted/pull-request-comment-branch", "eficode/resolve-pr-refs", "alessbell/pull-request-comment-branch"}
)
_HEAD_OUTPUTS = ("head_ref", "head_sha", "head-ref", "head-sha", "sha", "ref")
_PULL_REF = re.compile(r"refs/pull/|^pull/|\bpull/\$")
_FETCH = re.compile(
    r"\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull)\b[^\n]{0,200}\bpull/|\bgit\s+(?:checkout|switch|fetch|pull)\b"
)
_FETCHES_ALONE = re.compile(r"\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull)\b[^\n]{0,200}\bpull/")


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            yield from _in_job(workflow, job)


def fetches_foreign_code(workflow: Workflow, job: Job) -> bool:
    """Whether a job fetches code of a pull request in a privileged run."""
    return next(_fetches(workflow, job), None) is not None


def _fetches(workflow: Workflow, job: Job) -> Iterator[tuple[Step, str, ScalarNode, int, str]]:
    """The steps that do: step, event, node, offset in the node, name of what is fetched."""
    privileged = _possible(events_of(workflow) & _EVENTS, job)
    for step in job.steps if privileged else ():
        events = _possible(privileged, step)
        found = _fetched(job, step) if events else None
        event = _event_of(found[2], events) if found else None
        if found is not None and event is not None:
            yield step, event, *found


def _possible(events: frozenset[str], owner: Job | Step) -> frozenset[str]:
    """The events in which a job or step runs for pull requests of forks."""
    needed = requirements(owner) if events else []
    return frozenset() if any(map(excludes_forks, needed)) else possible_events(events, needed)


def _event_of(what: str, events: frozenset[str]) -> str | None:
    """The event in which a value is there at all; None when none of the workflow's events has it."""
    if what.startswith("github.event.workflow_run"):
        return "workflow_run" if "workflow_run" in events else None
    if what.startswith(("github.event.pull_request", "github.head_ref")):
        return "pull_request_target" if "pull_request_target" in events else None
    return next(event for event in ("issue_comment", "pull_request_target", "workflow_run") if event in events)


def _in_job(workflow: Workflow, job: Job) -> Iterator[Finding]:
    last = max((step.index for step in job.steps if "run" in step.fields or step.uses.startswith("./")), default=-1)
    for step, event, node, offset, what in _fetches(workflow, job):
        runs = last > step.index
        yield RULE.found(
            workflow,
            workflow.place(node, offset),
            f"'{what}' is code of anybody's pull request, but '{event}' runs with the repository's token and secrets"
            + (", and later steps run that code" if runs else ""),
            hint="Build foreign code in a workflow on `pull_request`, without secrets; or require "
            "`github.event.pull_request.head.repo.full_name == github.repository`.",
            severity="error" if runs or "run" in step.fields else "warning",
        )


def _fetched(job: Job, step: Step) -> tuple[ScalarNode, int, str] | None:
    """What foreign code a step fetches: a node, an offset in it, and its name."""
    if slug_of(step.uses) == "actions/checkout":
        for name in ("ref", "repository"):
            node = input_of(step, name)
            head = _head_in(job, node.source) if node is not None else None
            if node is not None and head is not None:
                return node, head[0], head[1]
        return None
    run = step.fields.get("run")
    if not isinstance(run, ScalarNode):
        return None
    alone = _FETCHES_ALONE.search(run.source)
    if alone:
        return run, alone.start(), alone.group().strip()
    head = _head_in(job, run.source) if _FETCH.search(run.source) else None
    return None if head is None or "git" not in run.source[: head[0]] else (run, head[0], head[1])


def _head_in(job: Job, text: str) -> tuple[int, str] | None:
    for part in embedded(text):
        for path, _ in part.carried:
            if path in _HEADS or _is_head_output(job, path):
                return part.start, spelled(path)
    match = _PULL_REF.search(text)
    return (match.start(), text.strip()[:60]) if match and "${{" in text and "\n" not in text.strip() else None


def _is_head_output(job: Job, path: Path) -> bool:
    if len(path) < 4 or path[0] != "steps" or path[3] not in _HEAD_OUTPUTS:
        return False
    step = next((each for each in job.steps if each.id.lower() == path[1]), None)
    return step is not None and slug_of(step.uses) in _BRANCH_ACTIONS


def excludes_forks(node: Node) -> bool:
    """Whether a requirement lets only code of the repository itself through."""
    full_name = {(*_PULL, "head", "repo", "full_name"), (*_RUN, "head_repository", "full_name")}
    fork = {(*_PULL, "head", "repo", "fork"), (*_RUN, "head_repository", "fork")}
    if isinstance(node, Not):
        return context_path(node.operand) in fork
    if not isinstance(node, Compare):
        return False
    sides = {context_path(node.left), context_path(node.right)}
    if node.operator == "==" and sides & full_name:
        return ("github", "repository") in sides or any(isinstance(side, Literal) for side in (node.left, node.right))
    if sides & fork:
        return (node.operator == "==") == any(
            isinstance(side, Literal) and side.value is False for side in (node.left, node.right)
        )
    return any(
        test.path == (*_RUN, "event") and test.operator == "==" and test.value == "push" for test in tests_in(node)
    )


RULE = Rule("untrusted-checkout", "error", "Privileged runs do not check out code of pull requests.", check)
