"""Which ref and commit an event is about: `github.ref` and its relatives, from the webhook payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_HEADS, _TAGS, _PULL = "refs/heads/", "refs/tags/", "refs/pull/"
_OF_MERGE_COMMIT = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
_OF_PUSHED_REF = frozenset({"push", "create", "workflow_dispatch"})
_OF_DEPLOYMENT = frozenset({"deployment", "deployment_status"})


@dataclass(frozen=True, slots=True)
class EventRef:
    """`ref` is complete (`refs/heads/x`), empty when the payload does not tell; so is `sha`."""

    ref: str = ""
    sha: str = ""

    @property
    def ref_name(self) -> str:
        """The short name: `main`, `v1`, `7/merge`."""
        for prefix in (_HEADS, _TAGS, _PULL):
            if self.ref.startswith(prefix):
                return self.ref.removeprefix(prefix)
        return self.ref

    @property
    def ref_type(self) -> str:
        """`tag` or `branch`, empty without a ref."""
        return "" if not self.ref else "tag" if self.ref.startswith(_TAGS) else "branch"


def event_ref(name: str, payload: Mapping[str, Any]) -> EventRef:
    """The ref and commit of an event. Events that are about no commit of their own belong to the default branch."""
    if name in _OF_MERGE_COMMIT:
        request = _part(payload, "pull_request")
        number = payload.get("number", request.get("number"))
        ref = f"{_PULL}{int(number)}/merge" if isinstance(number, int | float) else ""
        return EventRef(ref, _text(request.get("merge_commit_sha")))
    if name == "pull_request_target":
        base = _part(_part(payload, "pull_request"), "base")
        return EventRef(_default_branch(payload) or _complete(_text(base.get("ref"))), _text(base.get("sha")))
    if name in _OF_DEPLOYMENT:
        deployment = _part(payload, "deployment")
        return EventRef(_complete(_text(deployment.get("ref"))), _text(deployment.get("sha")))
    if name == "release":
        tag = _text(_part(payload, "release").get("tag_name"))
        return EventRef(_TAGS + tag if tag else "")
    if name in _OF_PUSHED_REF and payload.get("deleted") is not True:
        return EventRef(
            _complete(_text(payload.get("ref")), _text(payload.get("ref_type"))), _text(payload.get("after"))
        )
    return EventRef(_default_branch(payload))


def _default_branch(payload: Mapping[str, Any]) -> str:
    return _complete(_text(_part(payload, "repository").get("default_branch")))


def _complete(ref: str, kind: str = "branch") -> str:
    if not ref or ref.startswith("refs/"):
        return ref
    return (_TAGS if kind == "tag" else _HEADS) + ref


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
