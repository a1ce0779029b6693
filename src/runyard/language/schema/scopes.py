"""Contexts and special functions by place. Built-in functions are allowed wherever any expression is."""

from __future__ import annotations

from runyard.language.schema.definition import Scope

_ANY_NUMBER = 255
_HASH_FILES = {"hashFiles": (1, 255)}
_STATUS = {"always": (0, 0), "cancelled": (0, 0), "success": (0, 0), "failure": (0, 0)}
_JOB_STATUS = {**_STATUS, "success": (0, _ANY_NUMBER), "failure": (0, _ANY_NUMBER)}


def _scope(contexts: str, functions: dict[str, tuple[int, int]] | None = None) -> Scope:
    return Scope(frozenset(contexts.split()), functions or {})


RUN = _scope("github inputs vars")
WORKFLOW_ENV = RUN.with_contexts("secrets")
CALL_OUTPUT = RUN.with_contexts("jobs")
STRATEGY = RUN.with_contexts("needs")
JOB_IF = Scope(STRATEGY.contexts, _JOB_STATUS)
JOB = STRATEGY.with_contexts("strategy", "matrix")
JOB_SECRETS = JOB.with_contexts("secrets")
JOB_DEFAULTS = JOB.with_contexts("env")
CREDENTIALS = JOB.with_contexts("secrets", "env")
ENVIRONMENT_URL = JOB.with_contexts("steps", "job", "runner", "env")
RUNNER = ENVIRONMENT_URL.with_contexts("secrets")
STEP = Scope(RUNNER.contexts, _HASH_FILES)
STEP_IF = Scope(ENVIRONMENT_URL.contexts, {**_STATUS, **_HASH_FILES})

ACTION_INPUT = _scope("github strategy matrix job runner", _HASH_FILES)
ACTION_OUTPUT = _scope("github strategy matrix steps inputs job runner env")
ACTION_INPUTS = _scope("inputs")
ACTION_HOOK_IF = _scope("runner github job strategy matrix env inputs", {**_STATUS, **_HASH_FILES})
ACTION_STEP = Scope(ACTION_OUTPUT.contexts, _HASH_FILES)
ACTION_STEP_IF = Scope(ACTION_OUTPUT.contexts, {**_STATUS, **_HASH_FILES})
