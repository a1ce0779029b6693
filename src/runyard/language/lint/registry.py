"""All rules, in the order of their pages."""

from __future__ import annotations

from runyard.language.lint.rule import Rule
from runyard.language.lint.rules import (
    action_inputs,
    action_metadata,
    anchors,
    block_scalars,
    commands,
    concurrency,
    conditions,
    credentials,
    empty_sections,
    events,
    expressions,
    identifiers,
    matrix,
    needs,
    runners,
    syntax,
    timeouts,
    unreachable,
    uses,
    workflow_calls,
)
from runyard.language.lint.security import RULES as SECURITY_RULES

LANGUAGE_RULES: tuple[Rule, ...] = (
    syntax.RULE,
    empty_sections.RULE,
    expressions.SYNTAX,
    expressions.PROPERTY,
    expressions.TYPE,
    expressions.FORMAT,
    conditions.RULE,
    block_scalars.RULE,
    needs.RULE,
    identifiers.IDS,
    identifiers.ENVIRONMENT,
    events.EVENTS,
    events.GLOB,
    events.SCHEDULE,
    unreachable.RULE,
    matrix.RULE,
    concurrency.RULE,
    runners.LABELS,
    runners.SHELL,
    timeouts.RULE,
    uses.RULE,
    uses.AGE,
    action_inputs.RULE,
    action_metadata.RULE,
    workflow_calls.RULE,
    commands.RULE,
    credentials.RULE,
    anchors.RULE,
)
RULES: tuple[Rule, ...] = LANGUAGE_RULES + SECURITY_RULES
