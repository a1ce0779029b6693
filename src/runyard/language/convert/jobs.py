"""One job of the file."""

from __future__ import annotations

import re
from typing import Any

from runyard.language.concurrency import group_problem
from runyard.language.convert.conditions import complete_condition
from runyard.language.convert.matrix import check_matrix
from runyard.language.convert.references import workflow_problem
from runyard.language.convert.steps import convert_steps
from runyard.language.convert.values import entries_of, fields_of, filled, mapping_of, places_of, plain_text, value_of
from runyard.language.diagnostics import Problems
from runyard.language.expressions.parser import parse_expression
from runyard.language.model import Expression, Job, Position, RunDefaults, Strategy
from runyard.language.reader.nodes import Node, ScalarNode

_GROUP_PREFIXES = ("org", "organization", "ent", "enterprise")
_ANY_DEPTH = 100
_IMAGE_VERSION = re.compile(r"[0-9]+\.\*")


def convert_job(key: ScalarNode, job_id: str, node: Node, needs: tuple[str, ...], problems: Problems) -> Job:
    """The job; `needs` are already spelled like the ids they name."""
    fields = fields_of(node)
    common: dict[str, Any] = {
        "id": job_id,
        "condition": complete_condition(fields.get("if"), key.position),
        "position": key.position,
        "name": value_of(fields.get("name")) or None,
        "needs": needs,
        "strategy": _strategy(fields.get("strategy"), problems),
        "permissions": value_of(fields.get("permissions")),
        "concurrency": _concurrency(fields.get("concurrency"), problems),
        "places": places_of(node),
    }
    if "uses" in fields:
        return _call(fields, common, problems)
    _check_runner_group(fields.get("runs-on"), problems)
    _check_container(fields.get("container"), problems, is_service=False)
    for _, _, service in entries_of(fields.get("services")):
        _check_container(service, problems, is_service=True)
    return Job(
        **common,
        runs_on=value_of(fields.get("runs-on")),
        env=mapping_of(fields.get("env")),
        defaults=convert_defaults(fields.get("defaults")),
        outputs=mapping_of(fields.get("outputs")),
        steps=convert_steps(fields.get("steps"), problems),
        timeout_minutes=filled(fields.get("timeout-minutes"), 360.0),
        cancel_timeout_minutes=filled(fields.get("cancel-timeout-minutes"), 5.0),
        continue_on_error=filled(fields.get("continue-on-error"), False),
        container=value_of(fields.get("container")),
        services=value_of(fields.get("services")),
        environment=value_of(fields.get("environment")),
        snapshot=_snapshot(fields.get("snapshot"), problems),
    )


def convert_defaults(node: Node | None) -> RunDefaults:
    """`defaults`."""
    fields = fields_of(node)
    run = fields_of(fields.get("run"))
    return RunDefaults(value_of(run.get("shell")), value_of(run.get("working-directory")), places_of(fields.get("run")))


def check_concurrency(node: Node | None, problems: Problems) -> None:
    """Report a literal group name that is empty or too long."""
    group = fields_of(node).get("group", node)
    if type(group) is ScalarNode and isinstance(group.value, str):
        problem = group_problem(group.value)
        if problem is not None:
            problems.error(group, "concurrency", problem)


def _call(fields: dict[str, Node], common: dict[str, Any], problems: Problems) -> Job:
    uses = plain_text(fields["uses"])
    problem = workflow_problem(uses)
    if problem:
        problems.error(fields["uses"], "invalid-workflow-reference", problem)
    common["places"] |= places_of(fields.get("with"), "with.") | places_of(fields.get("secrets"), "secrets.")
    return Job(**common, uses=uses, with_=mapping_of(fields.get("with")), secrets=value_of(fields.get("secrets")))


def _strategy(node: Node | None, problems: Problems) -> Strategy | None:
    if node is None:
        return None
    if type(node) is ScalarNode:
        return _whole_strategy(node)
    fields = fields_of(node)
    check_matrix(fields.get("matrix"), problems)
    return Strategy(
        Position(node.line, node.column),
        matrix=value_of(fields.get("matrix")),
        fail_fast=filled(fields.get("fail-fast"), True),
        max_parallel=value_of(fields.get("max-parallel")),
        places=places_of(node),
    )


def _whole_strategy(node: ScalarNode) -> Strategy | None:
    """A strategy that is one expression: its keys are read from the value."""
    if not isinstance(node.value, Expression):
        return None
    whole = node.value

    def part(source: str) -> Expression:
        node = parse_expression(source, max_depth=_ANY_DEPTH, max_length=len(source))
        return Expression(source, node, whole.position)

    return Strategy(
        whole.position,
        matrix=part(f"({whole.source}).matrix"),
        fail_fast=part(f"toJSON(({whole.source})['fail-fast']) != 'false'"),
        max_parallel=part(f"({whole.source})['max-parallel']"),
    )


def _concurrency(node: Node | None, problems: Problems) -> Any:
    check_concurrency(node, problems)
    return value_of(node)


def _check_runner_group(node: Node | None, problems: Problems) -> None:
    group = fields_of(node).get("group")
    name = plain_text(group)
    if group is None or "/" not in name:
        return
    prefix, _, rest = name.partition("/")
    if prefix not in _GROUP_PREFIXES:
        message = (
            f"Invalid runs-on group name '{name}'. "
            "Please use 'organization/' or 'enterprise/' prefix to target a single runner group."
        )
        problems.error(group, "runner-group", message)
    elif not rest or "/" in rest:
        problems.error(group, "runner-group", f"Invalid runs-on group name '{name}'.")


def _check_container(node: Node | None, problems: Problems, *, is_service: bool) -> None:
    image = fields_of(node).get("image", node)
    if type(image) is ScalarNode and isinstance(image.value, str):
        text = image.value
        if text == "docker://" or (is_service and not text):
            problems.error(image, "container-image", "Container image cannot be empty")


def _snapshot(node: Node | None, problems: Problems) -> Any:
    """`snapshot`, its `if` completed like that of a step."""
    fields = fields_of(node)
    version = fields.get("version")
    text = plain_text(version)
    if version is not None and text and not _IMAGE_VERSION.fullmatch(text):
        message = f"Expected format '{{major-version}}.*' Actual '{text}'"
        problems.error(version, "snapshot-version", message)
    value = value_of(node)
    if node is not None and "if" in fields:
        value["if"] = complete_condition(fields["if"], Position(node.line, node.column))
    return value
