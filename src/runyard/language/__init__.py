"""The workflow language: parse, check and evaluate workflows. Pure, and usable alone.

`parse` reads a workflow file, `parse_action` an action's metadata; both answer with a model or with diagnostics and
never raise. The model is in `runyard.language.model` and `runyard.language.model_action`.

`evaluate`, `interpolate` and `evaluate_value` run expressions, `expand_matrix` a strategy, `evaluate_concurrency` a
group; they raise `LanguageError`s. `job_permissions` tells what a job's token may do.

Reusable workflows: `parse(…, load=…)` follows calls, `called_reference` and `bind_call` do so one call at a time;
`call_inputs`, `call_secrets` and `call_outputs` carry values in and out.

`matches` decides whether an event starts a workflow, `dispatch_inputs` checks the inputs of a manual start,
`job_payload` writes what a runner gets.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.language.actions import ParseActionResult, parse_action
    from runyard.language.calls import call_inputs, call_outputs, call_secrets
    from runyard.language.concurrency import Concurrency, evaluate_concurrency
    from runyard.language.convert.permissions import job_permissions
    from runyard.language.convert.references import called_reference
    from runyard.language.cron import check_cron, next_times
    from runyard.language.diagnostics import Diagnostic, Severity
    from runyard.language.dispatch import DispatchResult, dispatch_inputs
    from runyard.language.errors import ExpressionError, LanguageError, MatrixError
    from runyard.language.event_refs import EventRef, event_ref
    from runyard.language.expressions.evaluator import evaluate
    from runyard.language.expressions.hash_files import hash_files
    from runyard.language.expressions.interpolate import evaluate_value, expression_contexts, interpolate
    from runyard.language.expressions.values import to_string, truthy
    from runyard.language.globs import match_pattern, parse_pattern
    from runyard.language.limits import Limits
    from runyard.language.matrix import Matrix, expand_matrix
    from runyard.language.parsing import BindResult, ParseResult, bind_call, parse
    from runyard.language.payload import job_payload
    from runyard.language.titles import step_title
    from runyard.language.triggers import Event, is_skipped, matches

_HOME = {
    "BindResult": "parsing",
    "Concurrency": "concurrency",
    "Diagnostic": "diagnostics",
    "DispatchResult": "dispatch",
    "Event": "triggers",
    "EventRef": "event_refs",
    "ExpressionError": "errors",
    "LanguageError": "errors",
    "Limits": "limits",
    "Matrix": "matrix",
    "MatrixError": "errors",
    "ParseActionResult": "actions",
    "ParseResult": "parsing",
    "Severity": "diagnostics",
    "bind_call": "parsing",
    "call_inputs": "calls",
    "call_outputs": "calls",
    "call_secrets": "calls",
    "called_reference": "convert.references",
    "check_cron": "cron",
    "dispatch_inputs": "dispatch",
    "evaluate": "expressions.evaluator",
    "evaluate_concurrency": "concurrency",
    "evaluate_value": "expressions.interpolate",
    "event_ref": "event_refs",
    "expand_matrix": "matrix",
    "expression_contexts": "expressions.interpolate",
    "hash_files": "expressions.hash_files",
    "interpolate": "expressions.interpolate",
    "is_skipped": "triggers",
    "job_payload": "payload",
    "job_permissions": "convert.permissions",
    "match_pattern": "globs",
    "matches": "triggers",
    "next_times": "cron",
    "parse": "parsing",
    "parse_action": "actions",
    "parse_pattern": "globs",
    "step_title": "titles",
    "to_string": "expressions.values",
    "truthy": "expressions.values",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


__all__ = [
    "BindResult",
    "Concurrency",
    "Diagnostic",
    "DispatchResult",
    "Event",
    "EventRef",
    "ExpressionError",
    "LanguageError",
    "Limits",
    "Matrix",
    "MatrixError",
    "ParseActionResult",
    "ParseResult",
    "Severity",
    "bind_call",
    "call_inputs",
    "call_outputs",
    "call_secrets",
    "called_reference",
    "check_cron",
    "dispatch_inputs",
    "evaluate",
    "evaluate_concurrency",
    "evaluate_value",
    "event_ref",
    "expand_matrix",
    "expression_contexts",
    "hash_files",
    "interpolate",
    "is_skipped",
    "job_payload",
    "job_permissions",
    "match_pattern",
    "matches",
    "next_times",
    "parse",
    "parse_action",
    "parse_pattern",
    "step_title",
    "to_string",
    "truthy",
]
