"""The events of `on`: activity types, filters, and the two readings of the key.

The *strict* reading knows every event with its types and filters; the *lenient* one, which decides whether a file can
run, accepts any event and any configuration and looks closely only at what we need: filters as text, cron lines,
inputs, calls.
"""

from __future__ import annotations

from dataclasses import dataclass

from runyard.language.schema import scopes
from runyard.language.schema.definition import (
    Definition,
    anything,
    boolean,
    either,
    free,
    mapping,
    null,
    one_of,
    one_or_more,
    scalar,
    sequence,
    text,
)

_BRANCHES = ("branches", "branches-ignore")
_TAGS = ("tags", "tags-ignore")
_PATHS = ("paths", "paths-ignore")
DEFAULT_PULL_REQUEST_TYPES = ("opened", "synchronize", "reopened")


@dataclass(frozen=True, slots=True)
class EventKind:
    """An event: its activity types, its filters, and the types that start a run when none is named (empty: all)."""

    types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    default_types: tuple[str, ...] = ()


def _event(types: str = "", filters: tuple[str, ...] = (), default: tuple[str, ...] = ()) -> EventKind:
    return EventKind(tuple(types.split()), filters, default)


_COMMENT = "created edited deleted"
_PULL_REQUEST = _event(
    "assigned unassigned labeled unlabeled opened edited closed reopened synchronize converted_to_draft locked "
    "unlocked enqueued dequeued milestoned demilestoned ready_for_review review_requested review_request_removed "
    "auto_merge_enabled auto_merge_disabled stacked",
    (*_BRANCHES, *_PATHS),
    DEFAULT_PULL_REQUEST_TYPES,
)

EVENTS: dict[str, EventKind] = {
    "branch_protection_rule": _event(_COMMENT),
    "check_run": _event("created rerequested completed requested_action"),
    "check_suite": _event("completed"),
    "create": _event(),
    "delete": _event(),
    "deployment": _event(),
    "deployment_status": _event(),
    "discussion": _event(
        "created edited deleted transferred pinned unpinned labeled unlabeled locked unlocked category_changed "
        "answered unanswered"
    ),
    "discussion_comment": _event(_COMMENT),
    "fork": _event(),
    "gollum": _event(),
    "image_version": _event("created ready deleted", ("names", "versions")),
    "issue_comment": _event(_COMMENT),
    "issues": _event(
        "opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled "
        "locked unlocked milestoned demilestoned field_added field_removed typed untyped"
    ),
    "label": _event(_COMMENT),
    "merge_group": _event("checks_requested", _BRANCHES),
    "milestone": _event("created closed opened edited deleted"),
    "page_build": _event(),
    "project": _event("created closed reopened edited deleted"),
    "project_card": _event("created moved converted edited deleted"),
    "project_column": _event("created updated moved deleted"),
    "public": _event(),
    "pull_request": _PULL_REQUEST,
    "pull_request_comment": _event(_COMMENT),
    "pull_request_review": _event("submitted edited dismissed"),
    "pull_request_review_comment": _event(_COMMENT),
    "pull_request_target": _PULL_REQUEST,
    "push": _event(filters=(*_BRANCHES, *_TAGS, *_PATHS)),
    "registry_package": _event("published updated"),
    "release": _event("published unpublished created edited deleted prereleased released"),
    "repository_dispatch": _event(),
    "schedule": _event(),
    "status": _event(),
    "watch": _event("started"),
    "workflow_call": _event(),
    "workflow_dispatch": _event(),
    "workflow_run": _event("requested completed in_progress", ("workflows", *_BRANCHES)),
}

_WORD = text(non_empty=True)
_INPUT_TYPES = ("string", "boolean", "number")

WORKFLOW_CALL = either(
    null(),
    mapping(
        {
            "inputs": free(
                mapping(
                    {
                        "description": text(),
                        "type": one_of(*_INPUT_TYPES),
                        "required": boolean(),
                        "default": scalar(scopes.RUN),
                    },
                    required=("type",),
                )
            ),
            "secrets": free(either(null(), mapping({"description": text(), "required": boolean()}))),
            "outputs": free(
                mapping({"description": text(), "value": text(scopes.CALL_OUTPUT)}, required=("value",)),
            ),
        }
    ),
)

_DISPATCH = either(
    null(),
    mapping(
        {
            "inputs": free(
                either(
                    null(),
                    mapping(
                        {
                            "description": text(),
                            "type": one_of(*_INPUT_TYPES, "choice", "environment"),
                            "required": boolean(),
                            "default": scalar(),
                            "options": sequence(_WORD),
                        }
                    ),
                )
            )
        }
    ),
)

_ANY = anything()
_NAMES = either(null(), one_or_more(text()))
_LENIENT_INPUT = mapping(
    {
        "description": either(text(), null()),
        "type": either(text(), null()),
        "required": either(boolean(), text(), null()),
        "default": either(scalar(), null()),
        "options": either(null(), sequence(scalar())),
    },
    others=_ANY,
)
_LENIENT_FILTERS = mapping(
    dict.fromkeys(("types", *_BRANCHES, *_TAGS, *_PATHS, "workflows", "names", "versions"), _NAMES), others=_ANY
)
_LENIENT_DISPATCH = mapping({"inputs": either(null(), free(either(null(), _LENIENT_INPUT)))}, others=_ANY)
_CRON_LINE = mapping({"cron": _WORD}, required=("cron",), others=_ANY)


def _strict_event(name: str, kind: EventKind) -> Definition:
    if name == "schedule":
        return sequence(mapping({"cron": _WORD, "timezone": _WORD}, required=("cron",)))
    if name == "workflow_call":
        return WORKFLOW_CALL
    if name == "workflow_dispatch":
        return _DISPATCH
    keys = dict.fromkeys(kind.filters, one_or_more(_WORD))
    if kind.types:
        keys["types"] = one_or_more(one_of(*kind.types))
    if name == "repository_dispatch":
        keys["types"] = sequence(_WORD)
    return either(null(), mapping(keys)) if keys else null()


ON_STRICT = either(
    one_or_more(one_of(*(name for name in EVENTS if name != "schedule"))),
    mapping({name: _strict_event(name, kind) for name, kind in EVENTS.items()}),
)

_NOT_A_MAPPING = either(null(), scalar(), sequence(_ANY))

ON_LENIENT = either(
    text(),
    sequence(_ANY),
    mapping(
        {
            **dict.fromkeys(EVENTS, either(_LENIENT_FILTERS, _NOT_A_MAPPING)),
            "schedule": sequence(_CRON_LINE),
            "workflow_call": WORKFLOW_CALL,
            "workflow_dispatch": either(_LENIENT_DISPATCH, _NOT_A_MAPPING),
        },
        others=_ANY,
    ),
)
