"""`runs` of local actions: the keys that each kind of action needs and has."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.actions import NODE_VERSIONS
from runyard.language.convert.values import entries_of, fields_of
from runyard.language.lint.document import Action
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode

_HOOKS = frozenset({"pre-if", "post-if"})
_KEYS = {
    "composite": frozenset({"steps"}),
    "docker": frozenset({"image", "entrypoint", "args", "env", "pre-entrypoint", "post-entrypoint"}) | _HOOKS,
    "node": frozenset({"main", "pre", "post"}) | _HOOKS,
}
_REQUIRED = {"composite": "steps", "docker": "image", "node": "main"}
_SPOKEN = {"composite": "composite", "docker": "Docker", "node": "JavaScript"}


def misplaced_keys(action: Action) -> list[ScalarNode]:
    """The keys of `runs` that only other kinds of actions have."""
    kind = _kind(action)
    others = frozenset().union(*_KEYS.values()) - _KEYS[kind] if kind in _KEYS else frozenset()
    return [key for key, name, _ in entries_of(fields_of(action.raw).get("runs")) if name in others]


def _kind(action: Action) -> str:
    return "node" if action.using in NODE_VERSIONS else action.using


def _check(project: Project) -> Iterator[Finding]:
    for action in project.actions:
        runs = fields_of(action.raw).get("runs")
        kind = _kind(action)
        if isinstance(runs, MappingNode) and kind in _KEYS:
            yield from _runs(action, runs, kind)
        if kind == "composite":
            yield from _outputs(action)


def _runs(action: Action, runs: MappingNode, kind: str) -> Iterator[Finding]:
    what = f"{_SPOKEN[kind]} actions (using: {action.using})"
    names = {name for _, name, _ in entries_of(runs)}
    if _REQUIRED[kind] not in names:
        yield RULE.found(action, runs, f"'{_REQUIRED[kind]}' is required for {what}", code="missing-key")
    for key in misplaced_keys(action):
        message = f"'{key.source}' is not valid for {what}"
        yield RULE.found(action, key, message, length=len(key.source), code="misplaced-key")


def _outputs(action: Action) -> Iterator[Finding]:
    for key, name, node in entries_of(action.fields.get("outputs")):
        fields: dict[str, Node] = fields_of(node)
        if "value" not in fields:
            message = f"The output '{name}' has no 'value', so it is always empty: composite actions need one"
            yield RULE.found(action, key, message, length=len(name), code="missing-output-value")


RULE = Rule("action-metadata", "error", "Local actions have the keys that their kind needs, and no others.", _check)
