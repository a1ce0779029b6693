"""Stored upload tokens where the registry takes an identity of the run."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.scripts import all_steps, input_of
from runyard.language.lint.security.uses import slug_of

_INPUTS = {"pypa/gh-action-pypi-publish": "password", "rubygems/configure-rubygems-credentials": "api-token"}


def check(project: Project) -> Iterator[Finding]:
    for file, step in all_steps(project):
        slug = slug_of(step.uses)
        node = input_of(step, _INPUTS[slug]) if slug in _INPUTS else None
        if node is not None:
            yield RULE.found(
                file,
                node,
                f"'{slug}' is given a stored token, which can be stolen and used for a long time",
                hint="Set up trusted publishing at the registry, grant `id-token: write`, and leave the token out.",
            )


RULE = Rule(
    "trusted-publishing", "information", "Publishing uses short-lived credentials where the registry takes them.", check
)
