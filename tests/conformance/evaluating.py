"""The operations that evaluate: expressions, globs, cron, ids, matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runyard.language import check_cron, evaluate, expand_matrix, hash_files
from runyard.language.convert.references import workflow_problem
from runyard.language.errors import ExpressionError, LanguageError
from runyard.language.expressions.format_string import check_format
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.values import kind_of
from runyard.language.glob_check import check_glob
from runyard.language.globs import ignored, included
from runyard.language.ids import build_id, environment_name_problem

_NAME_CHECKS = {"env-name": environment_name_problem, "job-uses": workflow_problem}


def evaluate_expression(request: dict[str, Any]) -> dict[str, Any]:
    """op `evaluate`."""
    try:
        value = evaluate(request["expr"], read_value(request.get("contexts") or {}))
    except ExpressionError as error:
        return {"error": {"stage": error.stage, "message": error.message}}
    return answer_value(value)


def check_syntax(request: dict[str, Any]) -> dict[str, Any]:
    """op `expr_syntax`."""
    try:
        parse_expression(request["expr"])
    except ExpressionError:
        return {"ok": False}
    return {"ok": True}


def hash_workspace(request: dict[str, Any]) -> dict[str, Any]:
    """op `hash_files`."""
    with TemporaryDirectory() as folder:
        for name, text in request["workspace"].items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        functions = {"hashFiles": lambda *patterns: hash_files(folder, patterns)}
        try:
            return answer_value(evaluate(request["expr"], {}, functions))
        except ExpressionError as error:
            return {"error": {"stage": error.stage, "message": error.message}}


def validate_glob(request: dict[str, Any]) -> dict[str, Any]:
    """op `validate_glob`."""
    return {"ok": not check_glob(request["pattern"], request["kind"])}


def match_filter(request: dict[str, Any]) -> dict[str, Any]:
    """op `match_filter`."""
    patterns, names = request["patterns"], request["inputs"]
    return {"include_filter_runs": included(patterns, names), "ignore_filter_runs": not ignored(patterns, names)}


def check_schedule(request: dict[str, Any]) -> dict[str, Any]:
    """op `cron`."""
    check = check_cron(request["cron"])
    return {"ok": check.ok, "too_frequent": check.too_frequent}


def check_format_string(request: dict[str, Any]) -> dict[str, Any]:
    """op `format_string`."""
    check = check_format(request["format"])
    return {"valid": check.valid, "max_index": check.max_index}


def build_identifier(request: dict[str, Any]) -> dict[str, Any]:
    """op `build_id`."""
    return {"id": build_id(request["segments"])}


def check_name(request: dict[str, Any]) -> dict[str, Any]:
    """op `check_name`."""
    return {"ok": _NAME_CHECKS[request["kind"]](request["name"]) is None}


def expand_strategy(request: dict[str, Any]) -> dict[str, Any]:
    """op `matrix`."""
    try:
        matrix = expand_matrix(read_value(request["strategy"]))
    except LanguageError as error:
        return {"error": error.message}
    return {
        "rows": [plain(row) for row in matrix.rows],
        "max_parallel": matrix.max_parallel,
        "fail_fast": matrix.fail_fast,
    }


# --- values ---


def read_value(value: Any) -> Any:
    """A value of a request, in which a number that JSON does not have is `{"$number": text}`."""
    if isinstance(value, dict):
        if value.keys() == {"$number"}:
            return float(value["$number"])
        return {key: read_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [read_value(item) for item in value]
    return value


def answer_value(value: Any) -> dict[str, Any]:
    """A value with its kind."""
    return {"kind": kind_of(value), "value": plain(value)}


def plain(value: Any) -> Any:
    """A value as it goes into JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
