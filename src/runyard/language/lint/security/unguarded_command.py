"""Commands in comments that everybody may give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.lint.document import Job, Workflow, source_of
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import Condition, all_conditions, tests_in
from runyard.language.lint.security.embedded import embedded, scalars
from runyard.language.lint.security.rights import may_write
from runyard.language.lint.security.secret_use import secrets_in
from runyard.language.lint.security.triggers import events_of

_EVENTS = ("issue_comment", "discussion_comment")
_BODY = ("github", "event", "comment", "body")
_CHECKS = re.compile(r"permission|collaborator|author_association|membership|github\.actor|GITHUB_ACTOR|team", re.I)


def check(project: Project) -> Iterator[Finding]:
    exposed: dict[int, bool] = {}
    for found in all_conditions(project):
        job, file = found.job, found.file
        event = next((event for event in _EVENTS if event in events_of(file)), None)
        if job is None or not isinstance(file, Workflow) or event is None or not _asks_comment(found):
            continue
        if id(job) not in exposed:
            exposed[id(job)] = not _is_guarded(job) and (may_write(job) or _has_secrets(job))
        if exposed[id(job)]:
            yield RULE.found(
                file,
                file.place(found.node, found.expression.start),
                f"everybody who can comment starts job '{job.id}', which has the repository's token or secrets",
                hint='Ask who it is: `contains(fromJSON(\'["OWNER", "MEMBER", "COLLABORATOR"]\'), '
                "github.event.comment.author_association)`.",
            )


def _asks_comment(found: Condition) -> bool:
    return any(test.path == _BODY for test in tests_in(found.expression.node))


def _is_guarded(job: Job) -> bool:
    """Whether the job, a step, or a job that it needs looks at who comments."""
    if "environment" in job.fields:
        return True
    needed = [job.file.job(name) for name, _ in job.needs]
    return any(_looks_at_person(each) for each in (job, *needed) if each is not None)


def _looks_at_person(job: Job) -> bool:
    conditions = [job.fields.get("if"), *(step.fields.get("if") for step in job.steps)]
    if any(_CHECKS.search(source_of(node)) for node in conditions):
        return True
    inputs = (source_of(node) for step in job.steps for _, _, node in step.with_)
    texts = (*(step.text("run") + step.uses for step in job.steps), *inputs)
    return any(_CHECKS.search(text) for text in texts)


def _has_secrets(job: Job) -> bool:
    parts = (part for scalar in scalars(job.node) for part in embedded(scalar.source))
    return any(next(secrets_in(part.node), None) for part in parts)


RULE = Rule("unguarded-command", "warning", "Comments start privileged jobs only for people who are checked.", check)
