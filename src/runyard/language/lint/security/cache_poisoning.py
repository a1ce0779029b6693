"""Caches that somebody else may have filled, in runs that publish; and caches that foreign code can fill."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.document import Job, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.known_caches import publishes, uses_cache
from runyard.language.lint.security.triggers import events_of, is_release
from runyard.language.lint.security.untrusted_checkout import fetches_foreign_code


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            why, hint = _reason(workflow, job)
            for step in job.steps if why else ():
                if uses_cache(step):
                    node = step.fields["uses"]
                    message = f"'{step.uses}' uses a cache {why}"
                    yield RULE.found(workflow, node, message, hint=hint, length=len(step.uses))


def _reason(workflow: Workflow, job: Job) -> tuple[str, str]:
    """Why a cache is a danger in a job, and what to do; nothing when it is none."""
    off = "Build what you publish without a cache."
    if fetches_foreign_code(workflow, job):
        event = next(iter(sorted(events_of(workflow))))
        why = "after code of a pull request was checked out: that code can fill the cache that the default branch reads"
        return why, f"Do not use caches in a run on `{event}` that has foreign code."
    publisher = next((step for step in job.steps if publishes(step)), None)
    if publisher is not None:
        return f"in a job that publishes with '{publisher.uses}': what another run cached goes into it", off
    if is_release(workflow):
        return "in a workflow that runs for releases: what another run cached goes into the release", off
    return "", ""


RULE = Rule("cache-poisoning", "warning", "Caches that others can fill are not used where that is dangerous.", check)
