"""The operations that read files: `parse`, `parse_action`, `lint`, `ref_sha`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runyard.language import Diagnostic, Limits, event_ref, parse, parse_action
from runyard.language.lint.engine import lint
from runyard.language.lint.finding import Finding
from runyard.language.lint.registry import LANGUAGE_RULES
from runyard.language.lint.security import template_injection
from runyard.language.model_action import Action, CompositeRuns, DockerRuns, NodeRuns
from tests.conformance.plain import plain_value, plain_workflow


def parse_workflow(request: dict[str, Any]) -> dict[str, Any]:
    """op `parse`."""
    options = request.get("options") or {}
    files: dict[str, str] = request.get("files") or {}
    result = parse(
        request["yaml"],
        request.get("file_name", "workflow.yml"),
        limits=_limits(options),
        load=files.get if files else None,
        default_permissions="limited-read" if options.get("permissions-policy") == "LimitedRead" else "write",
    )
    answer: dict[str, Any] = {"errors": _errors(result.diagnostics)}
    if result.workflow is not None:
        # cases that the first of the upstream parsers skips are in the form of the other one, which lists the events
        answer["plain"] = plain_workflow(
            result.workflow,
            with_events="C#" in options.get("skip", ()),
            with_files=options.get("include-source", False),
        )
    return answer


def parse_action_file(request: dict[str, Any]) -> dict[str, Any]:
    """op `parse_action`."""
    result = parse_action(request["yaml"], request.get("file_name", "action.yml"))
    properties = _properties(result.action) if result.action is not None else {}
    return {"errors": _errors(result.diagnostics), "properties": properties}


def lint_files(request: dict[str, Any]) -> dict[str, Any]:
    """op `lint`: the rules about correctness, and the one security rule that those linters have, at its strictest."""
    injection = template_injection.RULE
    files = request["files"]
    found = lint(files, is_whole=len(files) > 1, rules=(*LANGUAGE_RULES, injection))
    return {
        "diagnostics": [_finding(each) for each in found if each.rule != injection.name or each.severity == "error"]
    }


def ref_of_event(request: dict[str, Any]) -> dict[str, Any]:
    """op `ref_sha`."""
    found = event_ref(request["event_name"], request["event"])
    return {"ref": found.ref, "ref_name": found.ref_name, "ref_type": found.ref_type, "sha": found.sha}


def _limits(options: dict[str, Any]) -> Limits:
    names = {
        "max-depth": "depth",
        "max-file-size": "file_size",
        "max-job-limit": "jobs",
        "max-nested-reusable-workflows-depth": "call_depth",
        "max-result-size": "result_size",
    }
    return Limits(**{name: options[option] for option, name in names.items() if option in options})


def _errors(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    return [
        {"file": each.path, "line": each.line or None, "col": each.column or None, "message": each.message}
        for each in diagnostics
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    place = {"file": finding.path, "line": finding.line or None, "col": finding.column or None}
    kind = {"rule": finding.rule, "severity": finding.severity, "code": finding.code or finding.rule}
    return {**place, **kind, "message": finding.message}


def _properties(action: Action) -> dict[str, Any]:
    properties: dict[str, Any] = {"name": action.name, "description": action.description, "author": action.author}
    if action.branding is not None:
        properties |= {"branding.icon": action.branding.icon, "branding.color": action.branding.color}
    for declared in action.inputs.values():
        properties.setdefault("inputs.default", plain_value(declared.default))
        properties.setdefault("inputs.required", declared.required)
        properties.setdefault("inputs.description", declared.description)
    runs = action.runs
    if isinstance(runs, NodeRuns):
        properties |= {
            "runs.using": f"node{runs.version}",
            "runs.main": runs.main,
            "runs.pre": runs.pre,
            "runs.post": runs.post,
        }
    elif isinstance(runs, DockerRuns):
        properties |= {
            "runs.using": "docker",
            "runs.image": runs.image,
            "runs.entrypoint": runs.entrypoint,
            "runs.args": plain_value(runs.args),
            "runs.env": plain_value(runs.env),
            "runs.pre-entrypoint": runs.pre_entrypoint,
            "runs.post-entrypoint": runs.post_entrypoint,
        }
    elif isinstance(runs, CompositeRuns):
        properties |= {"runs.using": "composite", "runs.steps": len(runs.steps)}
    if not isinstance(runs, CompositeRuns):
        properties |= {"runs.pre-if": runs.pre_if.source, "runs.post-if": runs.post_if.source}
    properties["inputs"] = list(action.inputs)
    properties["outputs"] = list(action.outputs)
    return properties
