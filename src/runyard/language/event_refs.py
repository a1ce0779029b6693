"""Which ref and commit an event is about: `github.ref` and its relatives, from the webhook payload."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_HEADS, _TAGS, _PULL = "refs/heads/", "refs/tags/", "refs/pull/"
_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


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
    """The ref and commit of an event. Events that are about no commit of their own belong to the default branch.

    Raises nothing: what the payload should hold and does not is left empty, for the caller to look up.
    """
    read = _READERS.get(name)
    found = read(payload) if read is not None and payload.get("deleted") is not True else None
    return found or EventRef(_default_branch(payload))


def _of_ref(payload: Mapping[str, Any]) -> EventRef:
    ref = _complete(_text(payload.get("ref")), _text(payload.get("ref_type")))
    return EventRef(ref, _text(payload.get("after")))


def _of_merge_commit(payload: Mapping[str, Any]) -> EventRef:
    request = _part(payload, "pull_request")
    number = payload.get("number", request.get("number"))
    ref = f"{_PULL}{int(number)}/merge" if isinstance(number, int | float) else ""
    return EventRef(ref, _text(request.get("merge_commit_sha")))


def _of_pull_request(payload: Mapping[str, Any]) -> EventRef:
    found = _of_merge_commit(payload)
    request = _part(payload, "pull_request")
    if request.get("merged") is True:
        return EventRef(_complete(_text(_part(request, "base").get("ref"))), found.sha)
    return found


def _of_target(payload: Mapping[str, Any]) -> EventRef | None:
    """The default branch; the target of the pull request is that branch, or stands in for one that is not told."""
    base = _part(_part(payload, "pull_request"), "base")
    target, default = _complete(_text(base.get("ref"))), _default_branch(payload)
    return EventRef(target, _text(base.get("sha"))) if default in ("", target) else None


def _of_merge_group(payload: Mapping[str, Any]) -> EventRef:
    group = _part(payload, "merge_group")
    return EventRef(_complete(_text(group.get("head_ref"))), _text(group.get("head_sha")))


def _of_deployment(payload: Mapping[str, Any]) -> EventRef:
    deployment = _part(payload, "deployment")
    ref = _text(deployment.get("ref"))
    return EventRef("" if _COMMIT.fullmatch(ref) else _complete(ref), _text(deployment.get("sha")))


def _of_release(payload: Mapping[str, Any]) -> EventRef:
    return EventRef(_complete(_text(_part(payload, "release").get("tag_name")), "tag"))


def _of_package(payload: Mapping[str, Any]) -> EventRef | None:
    version = _part(_part(payload, "registry_package"), "package_version")
    tag = _complete(_text(_part(version, "release").get("tag_name")), "tag")
    ref = tag or _complete(_text(version.get("target_commitish")))
    return EventRef(ref, _text(version.get("target_oid"))) if ref else None


_READERS: dict[str, Callable[[Mapping[str, Any]], EventRef | None]] = {
    "create": _of_ref,
    "deployment": _of_deployment,
    "deployment_status": _of_deployment,
    "merge_group": _of_merge_group,
    "pull_request": _of_pull_request,
    "pull_request_review": _of_merge_commit,
    "pull_request_review_comment": _of_merge_commit,
    "pull_request_target": _of_target,
    "push": _of_ref,
    "registry_package": _of_package,
    "release": _of_release,
    "workflow_dispatch": _of_ref,
}


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
