"""Own machines that run code of everybody's pull requests."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import fields_of
from runyard.language.lint.document import Job, scalars_of
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import possible_events, requirements
from runyard.language.lint.security.embedded import scalars
from runyard.language.lint.security.triggers import OF_FORKS, events_of
from runyard.language.lint.security.untrusted_checkout import excludes_forks
from runyard.language.reader.nodes import ScalarNode

_LABEL = "self-hosted"
_EVENTS = OF_FORKS | {"pull_request_target"}


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            needed = requirements(job)
            events = sorted(possible_events(events_of(workflow) & _EVENTS, needed))
            label = _label(job) if events and not any(map(excludes_forks, needed)) else None
            if label is not None:
                yield RULE.found(
                    workflow,
                    label,
                    f"job '{job.id}' runs on a machine of your own for '{events[0]}': "
                    "a pull request from a fork can leave something there that later runs meet",
                    hint="Use machines that are thrown away after one job, or require approval for forks.",
                    length=len(_LABEL),
                )


def _label(job: Job) -> ScalarNode | None:
    """The label `self-hosted` of a job, given directly or through the matrix."""
    node = job.fields.get("runs-on")
    given = scalars_of(fields_of(node).get("labels", node))
    if any("matrix." in scalar.source for scalar in given):
        given = given + scalars(fields_of(job.fields.get("strategy")).get("matrix"))
    return next((scalar for scalar in given if scalar.source.lower() == _LABEL), None)


RULE = Rule("self-hosted-runner", "warning", "Pull requests of forks do not run on machines that are kept.", check)
