"""`parse_action`: from the text of an `action.yml` to the model or to diagnostics."""

from __future__ import annotations

from dataclasses import dataclass

from runyard.language.convert.conditions import written_condition
from runyard.language.convert.steps import convert_steps
from runyard.language.convert.values import entries_of, fields_of, mapping_of, plain_text, value_of
from runyard.language.diagnostics import Diagnostic, Problems
from runyard.language.limits import DEFAULT_LIMITS, Limits
from runyard.language.model import Position
from runyard.language.model_action import (
    Action,
    ActionInput,
    ActionOutput,
    Branding,
    CompositeRuns,
    DockerRuns,
    NodeRuns,
    Runs,
)
from runyard.language.reader.check import check
from runyard.language.reader.nodes import Node
from runyard.language.reader.yaml_reader import read_yaml
from runyard.language.schema.action import action_schema

NODE_VERSIONS = {"node12": 12, "node16": 16, "node20": 20, "node24": 24}
_NO_USING = "Missing 'using' value. 'using' requires 'composite', 'docker', 'node12', 'node16', 'node20' or 'node24'."


@dataclass(frozen=True, slots=True)
class ParseActionResult:
    """An action, or None and the reasons. Without an action there is at least one error."""

    action: Action | None
    diagnostics: tuple[Diagnostic, ...] = ()


def parse_action(
    text: str, path: str = "action.yml", *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> ParseActionResult:
    """Read action metadata. Never raises. Loose as a runner is; `strict` as editors and marketplaces are."""
    problems = Problems(path, limits.errors, limits.error_length)
    action = None
    root = read_yaml(text, problems, limits)
    if root is not None:
        root = check(root, action_schema(strict=strict), problems, limits)
        if not problems.errors:
            action = convert_action(root, path, problems, limits)
    if problems.errors:
        return ParseActionResult(None, tuple(problems.found))
    return ParseActionResult(action)


def convert_action(root: Node, path: str, problems: Problems, limits: Limits) -> Action | None:
    fields = fields_of(root)
    runs = _runs(fields["runs"], problems, limits) if "runs" in fields else None
    if runs is None:
        return None
    return Action(
        path=path,
        name=plain_text(fields.get("name")),
        description=plain_text(fields.get("description")),
        runs=runs,
        inputs={item.name: item for item in _inputs(fields.get("inputs"))},
        outputs={item.name: item for item in _outputs(fields.get("outputs"))},
        author=plain_text(fields.get("author")),
        branding=_branding(fields.get("branding")),
    )


def _branding(node: Node | None) -> Branding | None:
    fields = fields_of(node)
    return Branding(plain_text(fields.get("icon")), plain_text(fields.get("color"))) if fields else None


def _inputs(node: Node | None) -> list[ActionInput]:
    found = []
    for key, name, value in entries_of(node):
        fields = fields_of(value)
        found.append(
            ActionInput(
                name,
                key.position,
                description=plain_text(fields.get("description")),
                required=value_of(fields.get("required")) is True,
                default=value_of(fields.get("default")),
                deprecation_message=plain_text(fields.get("deprecationMessage")),
            )
        )
    return found


def _outputs(node: Node | None) -> list[ActionOutput]:
    found = []
    for key, name, value in entries_of(node):
        fields = fields_of(value)
        found.append(
            ActionOutput(name, key.position, plain_text(fields.get("description")), value_of(fields.get("value")))
        )
    return found


def _runs(node: Node, problems: Problems, limits: Limits) -> Runs | None:
    fields = fields_of(node)
    using = plain_text(fields.get("using"))
    kind = using.lower()
    place = Position(node.line, node.column)
    if kind == "composite":
        return _composite(fields, place, problems, limits)
    if kind == "docker":
        return _docker(fields, place, problems)
    if kind in NODE_VERSIONS:
        return _node(NODE_VERSIONS[kind], fields, place, problems)
    if not using:
        problems.error(place, "action-using", _NO_USING)
    else:
        message = f"'using: {using}' is not supported, use 'docker', 'node12', 'node16', 'node20' or 'node24' instead."
        problems.error(fields["using"], "action-using", message)
    return None


def _composite(fields: dict[str, Node], place: Position, problems: Problems, limits: Limits) -> CompositeRuns | None:
    if "steps" not in fields:
        problems.error(
            place,
            "missing-key",
            f"You are using a composite action but there are no steps provided in {problems.path}.",
        )
        return None
    return CompositeRuns(convert_steps(fields["steps"], problems))


def _docker(fields: dict[str, Node], place: Position, problems: Problems) -> DockerRuns | None:
    image = plain_text(fields.get("image"))
    if not image:
        problems.error(
            place, "missing-key", f"You are using a Container Action but an image is not provided in {problems.path}."
        )
        return None
    return DockerRuns(
        image=image,
        pre_if=written_condition(fields.get("pre-if"), place, "always()"),
        post_if=written_condition(fields.get("post-if"), place, "always()"),
        entrypoint=plain_text(fields.get("entrypoint")) or None,
        args=value_of(fields.get("args")),
        env=mapping_of(fields.get("env")),
        pre_entrypoint=plain_text(fields.get("pre-entrypoint")) or None,
        post_entrypoint=plain_text(fields.get("post-entrypoint")) or None,
    )


def _node(version: int, fields: dict[str, Node], place: Position, problems: Problems) -> NodeRuns | None:
    main = plain_text(fields.get("main"))
    if not main:
        message = (
            f"You are using a JavaScript Action but there is not an entry JavaScript file provided in {problems.path}."
        )
        problems.error(place, "missing-key", message)
        return None
    return NodeRuns(
        version=version,
        main=main,
        pre_if=written_condition(fields.get("pre-if"), place, "always()"),
        post_if=written_condition(fields.get("post-if"), place, "always()"),
        pre=plain_text(fields.get("pre")) or None,
        post=plain_text(fields.get("post")) or None,
    )
