"""How the cases of `cases/` are checked: one function for each kind, by the first key of a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from runyard.language import (
    Diagnostic,
    Event,
    ExpressionError,
    LanguageError,
    Limits,
    check_cron,
    dispatch_inputs,
    evaluate,
    event_ref,
    expand_matrix,
    job_payload,
    match_pattern,
    matches,
    next_times,
    parse,
    parse_action,
    step_title,
)
from runyard.language.expressions.values import kind_of, to_string
from runyard.language.glob_check import check_glob
from runyard.language.globs import match_ignored
from runyard.language.ids import build_id, identifier_problem
from runyard.language.model import Expression, Insert, Position, Workflow

PATH = ".github/workflows/a.yml"
CONTEXTS = "github inputs vars secrets needs strategy matrix steps job runner env jobs"
FUNCTIONS = {name: f"{name}()" for name in ("always", "cancelled", "success", "failure")}
FUNCTIONS["hashFiles"] = "hashFiles(1)"
NOT_ALLOWED = "A template expression is not allowed in this context"


class Frame:
    """The text around an input."""

    def __init__(self, text: str) -> None:
        before, _, self._after = text.partition("HERE")
        self._before = before
        self._line = before.count("\n")
        self._column = len(before) - before.rfind("\n") - 1

    def around(self, text: str) -> str:
        return self._before + text.rstrip("\n").replace("\n", "\n" + " " * self._column) + self._after

    def shown(self, found: Iterable[Diagnostic]) -> list[str]:
        """Diagnostics as `line:column message`."""
        return [
            f"{each.line - self._line}:{each.column - self._column} {each.message}" if each.line else each.message
            for each in found
        ]


def read_workflow(text: str, **options: Any) -> Workflow:
    found = parse(text, PATH, **options)
    assert found.diagnostics == ()
    assert found.workflow is not None
    return found.workflow


def plain(value: Any) -> Any:
    """A model value as the case files write it."""
    if isinstance(value, Expression):
        return f"${{{{ {value.source} }}}}"
    if isinstance(value, Insert):
        return "${{ insert }}"
    if isinstance(value, Position):
        return f"{value.line}:{value.column}"
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def at_path(value: Any, path: str) -> Any:
    """What stands at `jobs.a.steps.0.run`; `jobs.*` lists the keys."""
    for part in path.split("."):
        if part == "*":
            return list(value)
        if isinstance(value, tuple):
            value = value[int(part)]
        else:
            value = value[part] if isinstance(value, Mapping) else getattr(value, part)
    return plain(value)


# --- checks: each answers with what was found and what should have been ---

Answer = tuple[Any, Any]


def check_file(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`text`: a workflow; `errors`, or `model` by paths. `files`: what it calls. `strict`, `limits`, `grants`."""
    options: dict[str, Any] = {"strict": case.get("strict", False), "limits": Limits(**case.get("limits", {}))}
    if "files" in case:
        options["load"] = case["files"].get
    if "grants" in case:
        options["default_permissions"] = case["grants"]
    found = parse(frame.around(text), PATH, **options)
    return _reading(frame, case, found.workflow, found.diagnostics)


def check_action(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`action`: the text of an action.yml, like `text`."""
    found = parse_action(frame.around(text), PATH, strict=case.get("strict", False))
    return _reading(frame, case, found.action, found.diagnostics)


def _reading(frame: Frame, case: Mapping[str, Any], model: Any, diagnostics: Iterable[Diagnostic]) -> Answer:
    wanted = case.get("model", {})
    errors = frame.shown(diagnostics)
    return (errors, {} if errors else {path: at_path(model, path) for path in wanted}), (case.get("errors", []), wanted)


def check_place(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`place`: text with SOME where an expression stands; which `contexts` and special `functions` it may use."""
    is_action = case.get("kind") == "action"
    allowed, messages = set(), []
    for name, expression in {**{name: name for name in CONTEXTS.split(" ")}, **FUNCTIONS}.items():
        whole = frame.around(text.replace("SOME", expression))
        found = (parse_action(whole) if is_action else parse(whole)).diagnostics
        if not found:
            allowed.add(name)
        what = "function" if name in FUNCTIONS else "named-value"
        expected = (f"Unrecognized {what}: '{name}'. Located at position", NOT_ALLOWED)
        messages += [each.message for each in found[:1] if not each.message.startswith(expected)]
    names = (case["contexts"] or "").split() + case.get("functions", "").split()
    return (sorted(allowed), messages), (sorted(names), [])


def check_expression(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`expression`: its `value`, or the stage and message of its `error`."""
    try:
        value = evaluate(frame.around(text), case.get("contexts", {}))
    except ExpressionError as error:
        return (error.stage, error.message), (case.get("stage"), case.get("error"))
    expected = case.get("value", "an error")
    return (kind_of(value), to_string(value)), (kind_of(expected), to_string(expected))


def check_patterns(frame: Frame, patterns: Any, case: Mapping[str, Any]) -> Answer:
    """`patterns`: the names of `matching` and `others` that pass; with `ignore`, those that are dropped."""
    wanted = patterns.split(" ") if isinstance(patterns, str) else patterns
    decide = match_ignored if case.get("ignore") else match_pattern
    matching = case.get("matching", [])
    return [name for name in [*matching, *case.get("others", [])] if decide(wanted, name)], matching


def check_pattern(frame: Frame, pattern: str, case: Mapping[str, Any]) -> Answer:
    """`pattern`: whether a linter takes it as a `ref` and as a `path`."""
    return [not check_glob(pattern, "ref"), not check_glob(pattern, "path")], [case["ref"], case["path"]]


def check_strategy(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`strategy`: its `rows`, `names`, `max-parallel` and `fail-fast`, or `error`. `contexts` for its expressions."""
    strategy = read_workflow(frame.around(text)).jobs["a"].strategy
    assert strategy is not None
    try:
        found = expand_matrix(strategy, case.get("contexts", {}))
    except LanguageError as error:
        return error.message, case.get("error")
    shown = {"names": [name.strip() for name in found.names], "max-parallel": found.max_parallel}
    shown |= {"rows": list(found.rows), "fail-fast": found.fail_fast}
    keys = [key for key in shown if key in case]
    return [_ordered(shown[key]) for key in keys], [_ordered(case[key]) for key in keys or shown]


def _ordered(value: Any) -> Any:
    """Rows as lists of pairs: the order of their keys counts."""
    return [list(row.items()) if isinstance(row, dict) else row for row in value] if isinstance(value, list) else value


def check_trigger(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`trigger`: the events of `runs` start it, those of `rests` do not."""
    workflow = read_workflow(frame.around(text))

    def starts(event: Mapping[str, Any]) -> bool:
        fields: dict[str, Any] = dict(event)
        if "changed_files" in fields:
            fields["changed_files"] = tuple(fields["changed_files"])
        return matches(Event(**fields), workflow)

    runs = case.get("runs", [])
    return [event for event in [*runs, *case.get("rests", [])] if starts(event)], runs


def check_event(frame: Frame, name: str, case: Mapping[str, Any]) -> Answer:
    """`event`: with its `payload`, the `ref` and `sha` of the run, and the short `name` and `type` of the ref."""
    found = event_ref(name, case["payload"])
    shown = {"ref": found.ref, "sha": found.sha, "name": found.ref_name, "type": found.ref_type}
    expected = {key: case[key] for key in shown if key in case}
    return {key: shown[key] for key in expected}, expected


def check_schedule(frame: Frame, cron: str, case: Mapping[str, Any]) -> Answer:
    """`cron`: `valid` and shortest `interval`, or the `times` from `after` on in `timezone`."""
    if "times" not in case:
        found = check_cron(cron)
        return (found.ok, found.interval), (case.get("valid", True), case.get("interval", 0))
    timezone = case.get("timezone", "UTC")
    after = int(datetime.fromisoformat(case["after"]).timestamp()) * 1000
    times = islice(next_times(cron, timezone, after), len(case["times"]) or 1)
    shown = [datetime.fromtimestamp(time / 1000, ZoneInfo(timezone)).isoformat(" ", "minutes") for time in times]
    return shown, case["times"]


def check_dispatch(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`dispatch`: the inputs of a manual start; for what is `given` the typed `inputs` and `texts`, or `errors`."""
    found = dispatch_inputs(read_workflow(frame.around(text)), case.get("given", {}))
    if found.inputs is None:
        return [each.message for each in found.diagnostics], case.get("errors")
    texts = found.texts if "texts" in case else {}
    return (dict(found.inputs), texts), (case.get("inputs"), case.get("texts", {}))


def check_id(frame: Frame, segments: list[str], case: Mapping[str, Any]) -> Answer:
    """`segments`: the id that is made of them."""
    return build_id(segments, **case.get("options", {})), case["id"]


def check_identifier(frame: Frame, name: str, case: Mapping[str, Any]) -> Answer:
    """`identifier`: what is wrong with it."""
    return identifier_problem(name), case["problem"]


def check_payload(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`payload`: what a runner gets of job `a`, by paths; `absent` lists paths that are not there."""
    workflow = read_workflow(frame.around(text))
    settings = {"name": "a", "runs_on": ("x",), **case.get("settings", {})}
    settings["runs_on"] = tuple(settings["runs_on"])
    parts = dict(_parts(json.loads(job_payload(workflow, workflow.jobs["a"], **settings))))
    holds, absent = case.get("holds", {}), case.get("absent", [])
    return ({path: parts.get(path) for path in holds}, [path for path in absent if path in parts]), (holds, [])


def _parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of a tree with its path."""
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _parts(item, f"{path}.{key}" if path else str(key))


def check_title(frame: Frame, text: str, case: Mapping[str, Any]) -> Answer:
    """`step`: what it is `called` where people see it."""
    return step_title(read_workflow(frame.around(text)).jobs["a"].steps[0]), case["called"]


CHECKS: dict[str, Callable[[Frame, Any, Mapping[str, Any]], Answer]] = {
    "text": check_file,
    "action": check_action,
    "place": check_place,
    "expression": check_expression,
    "patterns": check_patterns,
    "pattern": check_pattern,
    "strategy": check_strategy,
    "trigger": check_trigger,
    "event": check_event,
    "cron": check_schedule,
    "dispatch": check_dispatch,
    "segments": check_id,
    "identifier": check_identifier,
    "payload": check_payload,
    "step": check_title,
}
