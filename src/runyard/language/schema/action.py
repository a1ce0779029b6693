"""The keys of action metadata (`action.yml`).

Loose, as the runner reads it: any further key at the top and in an input. Strict, as editors and marketplaces do:
unknown keys are errors, and name, description and runs must be there.
"""

from __future__ import annotations

from functools import cache

from runyard.language.schema import scopes
from runyard.language.schema.definition import (
    Definition,
    anything,
    boolean,
    condition,
    either,
    free,
    mapping,
    one_of,
    sequence,
    text,
)
from runyard.language.schema.icons import ICONS

_WORD = text(non_empty=True)
_OUTPUT = mapping({"description": text(), "value": text(scopes.ACTION_OUTPUT)})
_STEP = {
    "name": text(scopes.ACTION_STEP),
    "id": _WORD,
    "if": condition(scopes.ACTION_STEP_IF),
    "env": free(text(scopes.ACTION_STEP), scopes.ACTION_STEP),
    "continue-on-error": boolean(scopes.ACTION_STEP),
}
_COMPOSITE_STEP = either(
    mapping(
        {
            **_STEP,
            "run": text(scopes.ACTION_STEP),
            "working-directory": text(scopes.ACTION_STEP),
            "shell": text(scopes.ACTION_STEP, non_empty=True),
        },
        required=("run", "shell"),
    ),
    mapping(
        {**_STEP, "uses": _WORD, "with": free(text(scopes.ACTION_STEP), scopes.ACTION_STEP)},
        required=("uses",),
    ),
)
_USING = {"using": _WORD}
_HOOKS = {"pre-if": condition(scopes.ACTION_HOOK_IF), "post-if": condition(scopes.ACTION_HOOK_IF)}
_DOCKER = {
    **_USING,
    **_HOOKS,
    "image": _WORD,
    "entrypoint": _WORD,
    "args": sequence(text(scopes.ACTION_INPUTS)),
    "env": free(text(scopes.ACTION_INPUTS), scopes.ACTION_INPUTS),
    "pre-entrypoint": _WORD,
    "post-entrypoint": _WORD,
}
_NODE = {**_USING, **_HOOKS, "main": _WORD, "pre": _WORD, "post": _WORD}
_COMPOSITE = {**_USING, "steps": sequence(_COMPOSITE_STEP)}

COLORS = ("white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark")


@cache
def action_schema(*, strict: bool) -> Definition:
    """The whole file."""
    others = None if strict else anything()
    value = {
        "description": text(),
        "required": boolean(),
        "default": text(scopes.ACTION_INPUT),
        "deprecationMessage": text(),
    }
    loose_value = {"default": text(scopes.ACTION_INPUT)}
    keys = {
        "name": text(),
        "description": text(),
        "inputs": free(mapping(value if strict else loose_value, others=others)),
        "outputs": free(_OUTPUT),
        "runs": either(
            mapping(_DOCKER, required=("using", "image") if strict else ()),
            mapping(_NODE, required=("using", "main") if strict else ()),
            mapping(_COMPOSITE, required=("using", "steps") if strict else ()),
        ),
    }
    if strict:
        keys |= {"author": text(), "branding": mapping({"icon": one_of(*ICONS), "color": one_of(*COLORS)})}
    return mapping(keys, required=("name", "description", "runs") if strict else ("runs",), others=others)
