"""The keys of a workflow file."""

from __future__ import annotations

from functools import cache

from runyard.language.schema import scopes
from runyard.language.schema.definition import (
    Definition,
    Scope,
    anything,
    boolean,
    condition,
    either,
    free,
    mapping,
    null,
    number,
    one_of,
    one_or_more,
    scalar,
    sequence,
    text,
)
from runyard.language.schema.events import ON_LENIENT, ON_STRICT

_WORD = text(non_empty=True)
_WORDS = one_or_more(_WORD)


def _words(scope: Scope) -> Definition:
    return one_or_more(text(scope, non_empty=True))


# --- permissions ----------------------------------------------------------------------------------------------------

_READ_WRITE = (
    "actions artifact-metadata attestations checks code-quality contents deployments discussions drives issues "
    "packages pages pull-requests repository-projects security-events statuses"
)
PERMISSION_LEVELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_READ_WRITE.split(), ("read", "write", "none")),
    **dict.fromkeys(("id-token", "copilot-requests"), ("write", "none")),
    **dict.fromkeys(("models", "vulnerability-alerts"), ("read", "write", "none")),
}
_PERMISSIONS = either(
    mapping({scope: one_of(*levels) for scope, levels in PERMISSION_LEVELS.items()}),
    one_of("read-all", "write-all"),
)

# --- parts used at several levels -----------------------------------------------------------------------------------


def _concurrency(scope: Scope, *, non_empty: bool) -> Definition:
    whole = mapping(
        {
            "group": text(scope, non_empty=True),
            "cancel-in-progress": boolean(scope),
            "queue": Definition(scope, texts=one_of("single", "max").texts),
        },
        required=("group",),
    )
    return either(text(scope, non_empty=non_empty), whole, scope=scope)


def _defaults(scope: Scope | None) -> Definition:
    run = mapping({"shell": text(scope, non_empty=True), "working-directory": text(scope, non_empty=True)}, scope)
    return mapping({"run": run})


def _container(keys: dict[str, Definition] | None = None) -> Definition:
    whole = mapping(
        {
            "image": text(scopes.JOB),
            "options": text(scopes.JOB),
            "env": free(text(scopes.RUNNER), scopes.JOB),
            "ports": sequence(text(scopes.JOB, non_empty=True), scopes.JOB),
            "volumes": sequence(text(scopes.JOB, non_empty=True), scopes.JOB),
            "credentials": mapping(
                {
                    "username": text(scopes.CREDENTIALS, non_empty=True),
                    "password": text(scopes.CREDENTIALS, non_empty=True),
                },
                scopes.CREDENTIALS,
            ),
            **(keys or {}),
        },
        required=("image",),
    )
    return either(text(scopes.JOB), whole, scope=scopes.JOB)


# --- steps ----------------------------------------------------------------------------------------------------------

_NAMED = {"name": text(scopes.STEP), "id": _WORD}
_RUNNABLE = {
    **_NAMED,
    "if": condition(scopes.STEP_IF),
    "timeout-minutes": number(scopes.STEP),
    "continue-on-error": boolean(scopes.STEP),
    "env": free(text(scopes.STEP), scopes.STEP),
    "background": boolean(),
}
_CONTROL = {**_NAMED, "continue-on-error": boolean(scopes.STEP)}
_RUN_STEP = mapping(
    {**_RUNNABLE, "run": text(scopes.STEP), "working-directory": text(scopes.STEP), "shell": _WORD}, required=("run",)
)
_USES_STEP = mapping({**_RUNNABLE, "uses": _WORD, "with": free(text(scopes.STEP), scopes.STEP)}, required=("uses",))
_INNER_STEPS = Definition()
_STEP = either(
    _RUN_STEP,
    _USES_STEP,
    mapping({**_CONTROL, "wait": _WORDS}, required=("wait",)),
    mapping({**_CONTROL, "wait-all": either(null(), boolean())}, required=("wait-all",)),
    mapping({**_CONTROL, "cancel": _WORD}, required=("cancel",)),
    mapping({**_CONTROL, "parallel": _INNER_STEPS}, required=("parallel",)),
)
_INNER_STEPS.items = _STEP

# --- jobs -----------------------------------------------------------------------------------------------------------

_MATRIX_ROWS = sequence(free(anything(scopes.STRATEGY), scopes.STRATEGY), scopes.STRATEGY)
_STRATEGY = mapping(
    {
        "fail-fast": boolean(scopes.STRATEGY),
        "max-parallel": number(scopes.STRATEGY),
        "matrix": mapping(
            {"include": _MATRIX_ROWS, "exclude": _MATRIX_ROWS},
            scopes.STRATEGY,
            others=sequence(anything(scopes.STRATEGY), scopes.STRATEGY),
        ),
    },
    scopes.STRATEGY,
)
_RUNS_ON = either(
    _words(scopes.JOB),
    mapping({"group": text(scopes.JOB, non_empty=True), "labels": _words(scopes.JOB)}),
    scope=scopes.JOB,
)
_ENVIRONMENT = either(
    text(scopes.JOB),
    mapping(
        {"name": text(scopes.JOB), "url": text(scopes.ENVIRONMENT_URL), "deployment": boolean(scopes.JOB)},
        required=("name",),
    ),
    scope=scopes.JOB,
)
_SNAPSHOT = either(
    text(scopes.JOB, non_empty=True),
    mapping(
        {
            "image-name": text(scopes.JOB, non_empty=True),
            "version": text(scopes.JOB, non_empty=True),
            "if": condition(scopes.STEP_IF),
        },
        required=("image-name",),
    ),
    scope=scopes.JOB,
)
_ANY_JOB = {
    "name": text(scopes.JOB),
    "needs": _WORDS,
    "if": condition(scopes.JOB_IF),
    "strategy": _STRATEGY,
    "permissions": _PERMISSIONS,
    "concurrency": _concurrency(scopes.JOB, non_empty=True),
}
_JOB = mapping(
    {
        **_ANY_JOB,
        "runs-on": _RUNS_ON,
        "timeout-minutes": number(scopes.JOB),
        "cancel-timeout-minutes": number(scopes.JOB),
        "continue-on-error": boolean(scopes.JOB),
        "container": _container(),
        "services": free(
            _container({"entrypoint": text(scopes.JOB), "command": text(scopes.JOB)}),
            scopes.JOB,
        ),
        "env": free(text(scopes.JOB_SECRETS), scopes.JOB_SECRETS),
        "environment": _ENVIRONMENT,
        "outputs": free(text(scopes.RUNNER)),
        "defaults": _defaults(scopes.JOB_DEFAULTS),
        "steps": sequence(_STEP),
        "snapshot": _SNAPSHOT,
    },
    required=("runs-on",),
)
_CALL_JOB = mapping(
    {
        **_ANY_JOB,
        "uses": _WORD,
        "with": free(scalar(scopes.JOB)),
        "secrets": either(free(scalar(scopes.JOB_SECRETS)), one_of("inherit")),
    },
    required=("uses",),
)

# --- the file -------------------------------------------------------------------------------------------------------


@cache
def workflow_schema(*, strict: bool) -> Definition:
    """The whole file. `strict` asks for `on` and checks it closely, as editors do."""
    return mapping(
        {
            "on": ON_STRICT if strict else ON_LENIENT,
            "name": text(),
            "description": text(),
            "run-name": text(scopes.RUN),
            "defaults": _defaults(None),
            "env": free(text(scopes.WORKFLOW_ENV), scopes.WORKFLOW_ENV),
            "permissions": _PERMISSIONS,
            "concurrency": _concurrency(scopes.RUN, non_empty=False),
            "jobs": free(either(_JOB, _CALL_JOB)),
        },
        required=("on", "jobs") if strict else ("jobs",),
    )
