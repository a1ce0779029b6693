"""Where code stands in a file: `run`, and the inputs of actions that run what they are given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from runyard.language.convert.values import fields_of, plain_text
from runyard.language.lint.document import Action, Document, Step, Workflow, source_of
from runyard.language.lint.project import Project
from runyard.language.lint.security.uses import slug_of
from runyard.language.reader.nodes import ScalarNode

CODE_INPUTS: dict[str, tuple[str, ...]] = {
    "8398a7/action-slack": ("custom_payload",),
    "actions/github-script": ("script",),
    "addnab/docker-run-action": ("run", "options"),
    "amadevus/pwsh-script": ("script",),
    "appleboy/ssh-action": ("script",),
    "azure/cli": ("inlinescript",),
    "azure/powershell": ("inlinescript",),
    "cardinalby/js-eval-action": ("expression",),
    "coactions/setup-xvfb": ("run",),
    "cross-platform-actions/action": ("run",),
    "cypress-io/github-action": ("command", "build", "start"),
    "devcontainers/ci": ("runcmd",),
    "devorbitus/yq-action-output": ("cmd",),
    "docker/build-push-action": ("context",),
    "gabrielbb/xvfb-action": ("run",),
    "jannekem/run-python-script-action": ("script",),
    "lucasbento/auto-close-issues": ("issue-close-message",),
    "mikefarah/yq": ("cmd",),
    "nick-fields/retry": ("command",),
    "nick-invision/retry": ("command",),
    "reactivecircus/android-emulator-runner": ("script", "pre-emulator-launch-script"),
    "roots/issue-closer-action": ("issue-close-message", "pr-close-message"),
    "sergeysova/jq-action": ("cmd",),
    "sonarsource/sonarcloud-github-action": ("args",),
    "sonarsource/sonarqube-scan-action": ("args",),
    "tibdex/backport": ("body_template", "head_template", "labels_template", "title_template"),
    "uraimo/run-on-arch-action": ("run", "install", "setup"),
    "vmactions/freebsd-vm": ("run", "prepare"),
    "vmactions/netbsd-vm": ("run", "prepare"),
    "vmactions/openbsd-vm": ("run", "prepare"),
    "wandalen/wretry.action": ("command",),
}
"""Inputs that an action runs as code, or fills into code; action and input in lower case."""

_POSIX = ("bash", "sh")


class Code(NamedTuple):
    """Code in a step: the scalar that holds it, and what people call the place."""

    step: Step
    node: ScalarNode
    what: str


def steps_of(file: Document) -> Iterator[Step]:
    """All steps of a workflow or of a composite action."""
    if isinstance(file, Workflow):
        for job in file.jobs:
            yield from job.steps
    elif isinstance(file, Action):
        yield from file.steps


def all_steps(project: Project) -> Iterator[tuple[Document, Step]]:
    """All steps of all files."""
    for file in project.documents:
        for step in steps_of(file):
            yield file, step


@lru_cache(maxsize=16384)
def code_of(step: Step) -> tuple[Code, ...]:
    """The code of a step."""
    found: list[Code] = []
    run = step.fields.get("run")
    if isinstance(run, ScalarNode):
        found.append(Code(step, run, "the script"))
    names = ("entrypoint", "args") if step.uses.startswith("docker://") else CODE_INPUTS.get(slug_of(step.uses), ())
    for _, name, node in step.with_ if names else ():
        if name.lower() in names and isinstance(node, ScalarNode):
            found.append(Code(step, node, f"the input '{name}' of {step.uses.partition('@')[0]}, which runs it"))
    return tuple(found)


def input_of(step: Step, name: str) -> ScalarNode | None:
    """The value of an input, case ignored."""
    return next((node for _, key, node in step.with_ if key.lower() == name and isinstance(node, ScalarNode)), None)


def input_text(step: Step, name: str) -> str:
    """The text of an input as written; empty when it is absent."""
    return source_of(input_of(step, name))


def shell_of(step: Step, file: Document) -> str:
    """`bash` or `sh` when a script certainly runs in a POSIX shell, else nothing."""
    job = step.job
    levels = [step.fields.get("shell")]
    for owner in (job.fields if job else {}, file.fields if isinstance(file, Workflow) else {}):
        levels.append(fields_of(fields_of(owner.get("defaults")).get("run")).get("shell"))
    for node in levels:
        if node is not None:
            shell = plain_text(node).split(" ")[0]
            return shell if shell in _POSIX else ""
    runner = source_of(job.fields.get("runs-on")) if job else ""
    return "bash" if runner.startswith(("ubuntu-", "macos-")) else ""
