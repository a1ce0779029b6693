"""Who can start a workflow, and with which rights."""

from __future__ import annotations

from runyard.language.convert.values import fields_of
from runyard.language.lint.document import Document, Workflow

PRIVILEGED = frozenset(
    {
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "issues",
        "discussion",
        "discussion_comment",
        "fork",
        "watch",
    }
)
"""Anybody starts these, and the run has the repository's secrets and a token that may write."""

OF_FORKS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Pull requests of forks start these; without secrets and with a token that only reads."""


def events_of(file: Document) -> frozenset[str]:
    """The names of the events that start a file; none for an action."""
    return frozenset(file.events) if isinstance(file, Workflow) else frozenset()


def privileged_events(file: Document) -> list[str]:
    """The events of a file that outsiders start with the repository's rights, in order."""
    return sorted(events_of(file) & PRIVILEGED)


def is_release(file: Document) -> bool:
    """Whether a workflow runs for releases and for nothing else: `release`, or a push of tags.

    One that also runs for branches or pull requests is a check that tags start, too.
    """
    if not isinstance(file, Workflow) or events_of(file) & {"pull_request", "pull_request_target", "merge_group"}:
        return False
    settings = fields_of(file.events.get("push", (None, None))[1])
    if "push" in file.events and ("tags" not in settings or "branches" in settings):
        return False
    return "release" in file.events or "push" in file.events
