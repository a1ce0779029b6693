"""Does an event start a workflow? Activity types, filters, and skipping by commit message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runyard.language.globs import match_ignored, match_pattern
from runyard.language.model import Trigger, Workflow
from runyard.language.schema.events import EVENTS

SKIP_MARKS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
_SKIP_TRAILER = re.compile(r"skip-checks:\s*true", re.IGNORECASE)
_SKIPPABLE = ("push", "pull_request")
_HEADS, _TAGS = "refs/heads/", "refs/tags/"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a repository.

    `ref`: the full ref it happened on. `action`: the activity type, empty where the event has none (for
    `repository_dispatch` the type that was sent). `base_ref`: the branch a pull request or merge group goes into.
    `changed_files`: None = not known, then path filters let it pass. `message`: commit message or pull request title.
    `workflow`, `head_branch`: name and branch of the run behind a `workflow_run`. `schedule`: the cron line that
    fired. `image`, `version`: of an `image_version`.
    """

    name: str
    ref: str = ""
    action: str = ""
    base_ref: str = ""
    changed_files: tuple[str, ...] | None = None
    message: str = ""
    workflow: str = ""
    head_branch: str = ""
    schedule: str = ""
    image: str = ""
    version: str = ""


def matches(event: Event, workflow: Workflow) -> bool:
    """Whether the event starts a run of the workflow."""
    trigger = workflow.triggers.get(event.name)
    if trigger is None or (event.name in _SKIPPABLE and is_skipped(event.message)):
        return False
    return _type_matches(event, trigger) and _place_matches(event, trigger)


def is_skipped(message: str) -> bool:
    """Whether a commit message or pull request title asks for no run."""
    if any(mark in message for mark in SKIP_MARKS):
        return True
    return any(_SKIP_TRAILER.fullmatch(line.strip()) for line in _trailers(message))


def _trailers(message: str) -> list[str]:
    """The lines of the last paragraph; none when it is the only one, the title."""
    lines = message.rstrip().splitlines()
    blank = next((index for index in reversed(range(len(lines))) if not lines[index].strip()), None)
    return [] if blank is None else lines[blank + 1 :]


def _type_matches(event: Event, trigger: Trigger) -> bool:
    if not event.action:
        return True
    types = trigger.types
    if types is None:
        kind = EVENTS.get(event.name)
        types = kind.default_types if kind is not None else ()
        return not types or event.action in types
    return event.action in types


def _place_matches(event: Event, trigger: Trigger) -> bool:
    if event.name == "push":
        return _push_matches(event, trigger)
    if event.name == "schedule":
        return any(item.cron == event.schedule for item in trigger.schedules)
    if event.name == "workflow_run":
        named = trigger.workflows is None or event.workflow in trigger.workflows
        return named and _passes(event.head_branch, trigger.branches, trigger.branches_ignore)
    if event.name == "image_version":
        return _passes(event.image, trigger.names, None) and _passes(event.version, trigger.versions, None)
    if event.name in ("pull_request", "pull_request_target", "merge_group"):
        base = event.base_ref.removeprefix(_HEADS)
        return _passes(base, trigger.branches, trigger.branches_ignore) and _paths_match(event, trigger)
    return True


def _push_matches(event: Event, trigger: Trigger) -> bool:
    branch_filter = trigger.branches is not None or trigger.branches_ignore is not None
    tag_filter = trigger.tags is not None or trigger.tags_ignore is not None
    if event.ref.startswith(_TAGS):
        if not tag_filter:
            return not branch_filter
        return _passes(event.ref.removeprefix(_TAGS), trigger.tags, trigger.tags_ignore)
    if tag_filter and not branch_filter:
        return False
    branch = event.ref.removeprefix(_HEADS)
    return _passes(branch, trigger.branches, trigger.branches_ignore) and _paths_match(event, trigger)


def _passes(name: str, include: tuple[str, ...] | None, ignore: tuple[str, ...] | None) -> bool:
    if include is not None and not match_pattern(include, name):
        return False
    return ignore is None or not match_ignored(ignore, name)


def _paths_match(event: Event, trigger: Trigger) -> bool:
    if (trigger.paths is None and trigger.paths_ignore is None) or event.changed_files is None:
        return True
    return any(_passes(path, trigger.paths, trigger.paths_ignore) for path in event.changed_files)
