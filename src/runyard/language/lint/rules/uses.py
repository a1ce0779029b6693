"""`uses`: references that can be resolved, and versions that still work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runyard.language.convert.references import WORKFLOW_FOLDERS, action_problem, workflow_problem
from runyard.language.lint.data.popular_actions import popular_action
from runyard.language.lint.document import Action, Document, Step, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.versions import major_of
from runyard.language.reader.nodes import ScalarNode

_SHORT_SHA = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{7,39}")
_IN_A_STEP = "Reusable workflows should be referenced at the top-level `jobs.*.uses` key, not within steps"


def steps_of(project: Project) -> Iterator[tuple[Document, Step]]:
    """All steps of all files."""
    for workflow in project.workflows:
        for job in workflow.jobs:
            yield from ((workflow, step) for step in job.steps)
    for action in project.actions:
        yield from ((action, step) for step in action.steps)


def _check(project: Project) -> Iterator[Finding]:
    for document, step in steps_of(project):
        node = step.fields.get("uses")
        if isinstance(node, ScalarNode) and "${{" not in node.source:
            yield from _action(project, document, node)
    for workflow in project.workflows:
        for job in workflow.jobs:
            node = job.fields.get("uses")
            if isinstance(node, ScalarNode) and "${{" not in node.source and node.source:
                yield from _called(project, workflow, node)


def _action(project: Project, document: Document, node: ScalarNode) -> Iterator[Finding]:
    uses = node.source
    if not uses.strip():
        yield RULE.found(document, node, "'uses' value in action cannot be blank", code="invalid-uses-format")
        return
    problem = action_problem(uses)
    if problem is not None:
        yield RULE.found(document, node, problem, length=len(uses), code="invalid-uses-format")
    elif _is_workflow(uses):
        yield RULE.found(document, node, _IN_A_STEP, length=len(uses), code="invalid-uses-format")
    elif uses.startswith("docker://"):
        yield from _image(document, node)
    elif uses.startswith(("./", "$/")):
        if project.is_whole and project.action(uses) is None and not _checks_out_elsewhere(document):
            message = f"There is no action '{uses}': no action.yml or action.yaml in that folder"
            yield RULE.found(document, node, message, length=len(uses), severity="warning", code="missing-action")
    else:
        yield from _short_sha(document, node)


def _checks_out_elsewhere(document: Document) -> bool:
    """Whether folders of the workspace may hold other repositories."""
    steps: Iterable[Step] = document.steps if isinstance(document, Action) else ()
    if isinstance(document, Workflow):
        steps = (step for job in document.jobs for step in job.steps)
    return any(name in ("path", "repository") for step in steps for _, name, _ in step.with_)


def _image(document: Document, node: ScalarNode) -> Iterator[Finding]:
    image = node.source.removeprefix("docker://")
    if not image or image.endswith(":") or image.startswith(("/", ":")):
        message = f"'{node.source}' is no container image: expected docker://image[:tag]"
        yield RULE.found(document, node, message, length=len(node.source), code="invalid-uses-format")


def _called(project: Project, workflow: Workflow, node: ScalarNode) -> Iterator[Finding]:
    uses = node.source
    problem = workflow_problem(uses)
    if problem is not None and project.workflow(uses) is None:
        yield RULE.found(workflow, node, problem, length=len(uses), code="invalid-workflow-reference")
    elif uses.startswith(("./", "$/")):
        if project.is_whole and project.workflow(uses) is None:
            yield RULE.found(
                workflow, node, f"There is no workflow '{uses}'", length=len(uses), code="missing-workflow"
            )
    else:
        yield from _short_sha(workflow, node)


def _short_sha(document: Document, node: ScalarNode) -> Iterator[Finding]:
    ref = node.source.partition("@")[2]
    if _SHORT_SHA.fullmatch(ref):
        message = (
            f"The provided ref '{ref}' may be a shortened commit SHA. If so, please use the full 40-character commit "
            "SHA instead, as short SHAs are not supported."
        )
        yield RULE.found(document, node, message, severity="warning", length=len(node.source), code="short-sha-ref")


def _is_workflow(uses: str) -> bool:
    path = uses.partition("@")[0]
    return path.endswith((".yml", ".yaml")) and any(f"{folder}/" in path for folder in WORKFLOW_FOLDERS)


def _check_age(project: Project) -> Iterator[Finding]:
    for document, step in steps_of(project):
        node, known = step.fields.get("uses"), popular_action(step.uses)
        major = major_of(document, node) if known is not None else None
        if node is not None and known is not None and major is not None and major < known.first_alive:
            message = f"'{step.uses}' is too old to run: its runtime or the service it uses is gone"
            hint = f"Use {known.name}@v{known.latest} or newer."
            yield AGE.found(document, node, message, hint=hint, length=len(step.uses), code="outdated-action")


RULE = Rule("uses", "error", "References to actions and workflows are well formed and lead somewhere.", _check)
AGE = Rule("outdated-action", "warning", "Well-known actions have versions that still work.", _check_age)
