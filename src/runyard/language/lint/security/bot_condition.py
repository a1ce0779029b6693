"""Trust in a bot's name that somebody else can bring about."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import all_conditions, tests_in
from runyard.language.lint.security.sources import spelled
from runyard.language.lint.security.triggers import OF_FORKS, events_of, privileged_events

_ACTORS = frozenset({("github", "actor"), ("github", "triggering_actor"), ("github", "event", "sender", "login")})
_NAMES = ("dependabot", "renovate")


def check(project: Project) -> Iterator[Finding]:
    for found in all_conditions(project):
        events = events_of(found.file)
        if not (events & OF_FORKS or privileged_events(found.file)):
            continue
        for test in tests_in(found.expression.node):
            if test.path not in _ACTORS or test.operator == "!=" or not _is_bot(test.value):
                continue
            yield RULE.found(
                found.file,
                found.file.place(found.node, found.expression.start),
                f"'{spelled(test.path)}' is who caused the last event, not who made the pull request: "
                f"anybody can make '{test.value}' act on theirs",
                hint="Ask `github.event.pull_request.user.login` instead.",
                severity="error" if "pull_request_target" in events else "warning",
            )


def _is_bot(name: str) -> bool:
    return name.lower().endswith("[bot]") or name.lower().startswith(_NAMES)


RULE = Rule("bot-condition", "warning", "Conditions do not trust a bot's name that outsiders can bring about.", check)
