"""`runs-on` and `shell`: labels that exist and go together, shells that the system has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.convert.values import entries_of, fields_of, plain_text
from runyard.language.expressions.tree import Index, Literal, NamedValue
from runyard.language.lint.document import Document, Job, scalars_of
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.model import Expression
from runyard.language.reader.nodes import Node, ScalarNode, SequenceNode

_HOSTED = frozenset(
    [
        *("ubuntu-latest", "ubuntu-slim", "ubuntu-26.04", "ubuntu-26.04-arm", "ubuntu-24.04", "ubuntu-24.04-arm"),
        *("ubuntu-22.04", "ubuntu-22.04-arm"),
        *("windows-latest", "windows-2025", "windows-2025-vs2026", "windows-2022", "windows-11-arm"),
        *("macos-latest", "macos-latest-large", "macos-latest-xlarge", "macos-26", "macos-26-intel", "macos-26-large"),
        *("macos-26-xlarge", "macos-15", "macos-15-intel", "macos-15-large", "macos-15-xlarge", "macos-14"),
        *("macos-14-large", "macos-14-xlarge"),
    ]
)
_LOOKS_HOSTED = re.compile(
    r"(ubuntu|windows|macos|linux|mac|osx|win|debian)-(latest|lates|last|newest|[0-9]+(\.[0-9x]+)?)"
)
_SYSTEMS = {
    "ubuntu": "Linux",
    "linux": "Linux",
    "windows": "Windows",
    "macos": "macOS",
}
_UNIX_SHELLS = ("bash", "pwsh", "python", "sh")
_WINDOWS_SHELLS = ("bash", "cmd", "powershell", "pwsh", "python")
_SHELLS = tuple(sorted({*_UNIX_SHELLS, *_WINDOWS_SHELLS}))


# --- labels ---


def _check_labels(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            nodes = _labels(job)
            is_own = any(node.source.lower() == "self-hosted" for node in nodes)
            for node in [] if is_own else nodes:
                for label in _values(job, node):
                    yield from _unknown(project, workflow, label)
            yield from _conflicts(workflow, nodes)


def _labels(job: Job) -> list[ScalarNode]:
    node = job.fields.get("runs-on")
    return scalars_of(fields_of(node).get("labels", node))


def _values(job: Job, node: ScalarNode) -> list[ScalarNode]:
    """The labels that a node stands for: itself, or the values of the matrix vector it names."""
    name = _matrix_key(node)
    if name is None:
        return [] if "${{" in node.source else [node]
    matrix = fields_of(fields_of(job.fields.get("strategy")).get("matrix"))
    found = [value for key, value in matrix.items() if key.lower() == name]
    include = matrix.get("include")
    for row in include.items if isinstance(include, SequenceNode) else ():
        found += [value for _, key, value in entries_of(row) if key.lower() == name]
    return [item for value in found for item in scalars_of(value) if "${{" not in item.source]


def _matrix_key(node: ScalarNode) -> str | None:
    """`os` for `${{ matrix.os }}`."""
    value = node.value
    tree = value.node if isinstance(value, Expression) else None
    if not isinstance(tree, Index) or not isinstance(tree.target, NamedValue) or tree.target.name.lower() != "matrix":
        return None
    key = tree.key.value if isinstance(tree.key, Literal) else None
    return key.lower() if isinstance(key, str) else None


def _unknown(project: Project, document: Document, node: ScalarNode) -> Iterator[Finding]:
    label = node.source.lower()
    if label not in _HOSTED and _LOOKS_HOSTED.fullmatch(label) and not project.config.knows_label(label):
        message = f"The label '{node.source}' is none of GitHub's, or not any more"
        hint = "Known: " + ", ".join(sorted(name for name in _HOSTED if name.split("-")[0] == label.split("-")[0]))
        hint = f"{hint}. Labels of your own runners belong into 'labels' of .runyard/lint.yml."
        yield LABELS.found(document, node, message, hint=hint, length=len(node.source), code="unknown-label")


def _conflicts(document: Document, nodes: list[ScalarNode]) -> Iterator[Finding]:
    first: ScalarNode | None = None
    for node in nodes:
        system = _system(node.source)
        if system is None:
            continue
        if first is not None and _system(first.source) != system:
            message = f"The label '{node.source}' conflicts with '{first.source}': no runner has both"
            yield LABELS.found(document, node, message, length=len(node.source), code="conflicting-labels")
        first = first or node


def _system(label: str) -> str | None:
    return _SYSTEMS.get(label.lower().split("-")[0]) if "${{" not in label else None


# --- shells ---


def _check_shells(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        yield from _shell(workflow, _default_shell(workflow.fields.get("defaults")), None)
        for job in workflow.jobs:
            system = _job_system(job)
            yield from _shell(workflow, _default_shell(job.fields.get("defaults")), system)
            for step in job.steps:
                yield from _shell(workflow, step.fields.get("shell"), system)
    for action in project.actions:
        for step in action.steps:
            yield from _shell(action, step.fields.get("shell"), None)


def _default_shell(node: Node | None) -> Node | None:
    return fields_of(fields_of(node).get("run")).get("shell")


def _job_system(job: Job) -> str | None:
    """The system that a job runs on, if its labels tell; of a matrix, if all rows have the same shells."""
    if "container" in job.fields:
        return "Linux"
    for node in _labels(job):
        systems = {_system(value.source) for value in _values(job, node)}
        if systems == {"Windows"}:
            return "Windows"
        if systems and not systems & {"Windows", None}:
            return "Linux"
    return None


def _shell(document: Document, node: Node | None, system: str | None) -> Iterator[Finding]:
    if not isinstance(node, ScalarNode) or "${{" in node.source or "{0}" in node.source:
        return
    name = plain_text(node).lower()
    names = _SHELLS if system is None else _WINDOWS_SHELLS if system == "Windows" else _UNIX_SHELLS
    if not name or name in names:
        return
    where = "" if name not in _SHELLS else " on Windows" if system == "Windows" else " on macOS or Linux"
    shown = ", ".join(f'"{each}"' for each in names)
    message = f'shell name "{node.source}" is invalid{where}. available names are {shown}'
    hint = "Other shells need a format string with '{0}', such as 'perl {0}'."
    yield SHELL.found(document, node, message, hint=hint, length=len(node.source), code="invalid-shell")


LABELS = Rule("runner-label", "warning", "Labels in 'runs-on' exist and can be met by one runner.", _check_labels)
SHELL = Rule("shell-name", "error", "Shells exist on the system of the job.", _check_shells)
