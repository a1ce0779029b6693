"""Artifacts of other people's runs, executed with the repository's rights."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.lint.document import Job, Step, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import possible_events, requirements
from runyard.language.lint.security.scripts import code_of, input_of, input_text
from runyard.language.lint.security.triggers import PRIVILEGED, events_of
from runyard.language.lint.security.untrusted_checkout import excludes_forks
from runyard.language.lint.security.uses import slug_of

_DOWNLOADERS = frozenset(
    {"dawidd6/action-download-artifact", "aochmann/actions-download-artifact", "levonet/action-download-last-artifact"}
)
_DOWNLOADS = re.compile(r"\bgh\s+run\s+download\b|\bdownloadArtifact\b|/actions/artifacts/[^\s/]{0,100}/zip\b")
_ELSEWHERE = re.compile(r"runner\.temp|RUNNER_TEMP|^/tmp\b|\$\{?TMPDIR|\bmktemp\b")
_EXECUTES = re.compile(
    r"(?:^|[\s;&|(])(?:\./\S|(?:ba|z)?sh\s+\S|source\s|python3?\s|node\s|np[mx]\s|yarn\b|pnpm\s|make\b|mvnw?\b|gradlew?\b|"
    r"pip3?\s+install|cargo\s|go\s+(?:run|build|test|generate)|dotnet\s|chmod\s+\S*x|eval\s|docker\s+(?:load|build|run))",
    re.M,
)
_SETS_ENVIRONMENT = re.compile(
    r"(?:\bcat\b|<)[^\n]{0,300}>>?\s{0,9}[\"']?\$\{?GITHUB_(?:ENV|PATH)\b|\bcat\b[^\n]{0,300}GITHUB_(?:ENV|PATH)"
)


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            needed = requirements(job)
            events = possible_events(events_of(workflow) & PRIVILEGED, needed)
            if events and not any(map(excludes_forks, needed)) and any(map(_downloads, job.steps)):
                yield from _in_job(workflow, job, min(events))


def _in_job(workflow: Workflow, job: Job, event: str) -> Iterator[Finding]:
    """From the last step to the first, so that what follows a step is known."""
    sets: str | None = None
    runs: str | None = None
    for step in reversed(job.steps):
        script = step.text("run")
        if _SETS_ENVIRONMENT.search(script):
            sets = runs = "writes it into the environment of all others"
        if _downloads(step):
            is_elsewhere = _ELSEWHERE.search(input_text(step, "path") or script) is not None
            danger = sets if is_elsewhere else runs
            if danger:
                yield RULE.found(
                    workflow,
                    step.fields.get("uses") or step.fields.get("run") or step.node,
                    f"an artifact that a pull request can fill is unpacked in a run on '{event}', "
                    f"and a later step {danger}",
                    hint="Unpack it into `${{ runner.temp }}`, check its content, and read it only as data.",
                )
        runs = _runs_content(step, script) or runs


def _downloads(step: Step) -> bool:
    """Whether a step fetches an artifact of another run."""
    slug = slug_of(step.uses)
    if slug == "actions/download-artifact":
        return input_of(step, "run-id") is not None
    return slug in _DOWNLOADERS or any(_DOWNLOADS.search(code.node.source) for code in code_of(step))


def _runs_content(step: Step, script: str) -> str | None:
    """What a step runs that may have been unpacked before."""
    if _SETS_ENVIRONMENT.search(script):
        return None
    if _EXECUTES.search(script):
        return f"runs commands in the same folder ('{_first(script)}')"
    return f"runs '{step.uses}' from the same folder" if step.uses.startswith("./") else None


def _first(script: str) -> str:
    match = _EXECUTES.search(script)
    line = script[match.start() :].lstrip("\n ;&|(").splitlines()[0] if match else ""
    return line[:60]


RULE = Rule("untrusted-artifact", "error", "Artifacts of other runs are not executed in privileged runs.", check)
