"""`on`: filters that exclude each other, patterns, schedules, and the inputs of manual starts and calls."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of, fields_of, plain_text
from runyard.language.cron import INVALID, SHORTEST_INTERVAL, check_cron, is_timezone
from runyard.language.expressions.numbers import parse_number
from runyard.language.glob_check import check_glob
from runyard.language.lint.document import Workflow, scalars_of, source_of
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.spelling import names_hint
from runyard.language.model import Expression
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode

_MAX_INPUTS = 25
_PAIRS = ("branches", "tags", "paths")
_REFS = ("branches", "branches-ignore", "tags", "tags-ignore")


def _check_events(project: Project) -> Iterator[Finding]:
    names = {_name_of(workflow) for workflow in project.workflows}
    for workflow in project.workflows:
        for name, (key, node) in workflow.events.items():
            yield from _exclusive(workflow, name, node)
            if name == "workflow_run" and project.is_whole:
                yield from _unknown_workflows(workflow, fields_of(node).get("workflows"), names)
            if name == "workflow_run" and "workflows" not in fields_of(node):
                message = 'no workflow is configured for "workflow_run" event'
                yield EVENTS.found(workflow, key, message, hint="Name the workflows in 'workflows'.")
            if name == "workflow_dispatch":
                yield from _dispatch(workflow, key, node)
            if name == "workflow_call":
                yield from _call(workflow, node)


def _name_of(workflow: Workflow) -> str:
    """What `workflow_run` calls a workflow: its name, or its path where it has none."""
    return source_of(workflow.fields.get("name")) or workflow.path


def _unknown_workflows(workflow: Workflow, node: Node | None, names: set[str]) -> Iterator[Finding]:
    """Names in `workflows`, which may be patterns, that no workflow of the repository has."""
    for item in scalars_of(node):
        is_plain = not set(item.source) & set("*?[]!+") and "${{" not in item.source
        if is_plain and item.source not in names:
            message = f"There is no workflow with the name '{item.source}', so its runs never start this one"
            hint = names_hint(item.source, sorted(names), shown="Names here")
            yield EVENTS.found(workflow, item, message, hint=hint, severity="warning", code="unknown-workflow")


def _exclusive(workflow: Workflow, event: str, node: Node | None) -> Iterator[Finding]:
    keys = {name: key for key, name, _ in entries_of(node)}
    for name in _PAIRS:
        if name in keys and f"{name}-ignore" in keys:
            later = max(keys[name], keys[f"{name}-ignore"], key=lambda key: (key.line, key.column))
            message = (
                f'both "{name}" and "{name}-ignore" filters cannot be used for the same event "{event}". '
                "note: use '!' to negate patterns"
            )
            yield EVENTS.found(workflow, later, message, code="exclusive-filters")


# --- inputs ---


def _dispatch(workflow: Workflow, key: ScalarNode, node: Node | None) -> Iterator[Finding]:
    inputs = entries_of(fields_of(node).get("inputs"))
    if len(inputs) > _MAX_INPUTS:
        message = (
            f'maximum number of inputs for "workflow_dispatch" event is {_MAX_INPUTS} but {len(inputs)} inputs are '
            "provided. see https://docs.github.com/en/actions/reference/workflows-and-actions/"
            "events-that-trigger-workflows#providing-inputs"
        )
        yield EVENTS.found(workflow, key, message, code="too-many-inputs")
    for name_node, name, value in inputs:
        yield from _dispatch_input(workflow, name_node, name, fields_of(value))


def _dispatch_input(workflow: Workflow, key: ScalarNode, name: str, fields: dict[str, Node]) -> Iterator[Finding]:
    kind, options, default = plain_text(fields.get("type")), fields.get("options"), fields.get("default")
    words = [source_of(item) for item in scalars_of(options)]
    if kind == "choice":
        if not words:
            yield EVENTS.found(workflow, key, "Missing 'options' for choice input", code="missing-options")
        elif isinstance(default, ScalarNode) and default.source not in words:
            message = (
                f"Default value '{default.source}' of input '{name}' is not one of its options: {', '.join(words)}"
            )
            yield EVENTS.found(workflow, default, message, code="default-not-in-options")
    elif options is not None:
        message = "Input type is not 'choice', but 'options' is defined"
        yield EVENTS.found(workflow, options, message, code="unexpected-options")
    seen: set[str] = set()
    for item in scalars_of(options):
        if item.source in seen:
            yield EVENTS.found(workflow, item, f"Option '{item.source}' is given twice", severity="warning")
        seen.add(item.source)
    yield from _default_type(workflow, name, kind, default, "workflow_dispatch")


def _call(workflow: Workflow, node: Node | None) -> Iterator[Finding]:
    for _, name, value in entries_of(fields_of(node).get("inputs")):
        fields = fields_of(value)
        default, required = fields.get("default"), fields.get("required")
        if not isinstance(default, ScalarNode):
            continue
        if isinstance(required, ScalarNode) and required.value is True:
            message = (
                f'input "{name}" of workflow_call event has the default value "{default.source}", but it is also '
                "required. if an input is marked as required, its default value will never be used"
            )
            yield EVENTS.found(workflow, default, message, severity="warning", code="unused-default")
        yield from _default_type(workflow, name, plain_text(fields.get("type")), default, "workflow_call")


def _default_type(workflow: Workflow, name: str, kind: str, default: Node | None, event: str) -> Iterator[Finding]:
    if not isinstance(default, ScalarNode) or isinstance(default.value, Expression) or "${{" in default.source:
        return
    value = default.value
    is_wrong = (kind == "boolean" and not (isinstance(value, bool) or default.source in ("true", "false"))) or (
        kind == "number" and (isinstance(value, bool) or _is_no_number(default.source))
    )
    if is_wrong:
        message = f'input of {event} event "{name}" is typed as {kind} but its default value "{default.source}" is not'
        yield EVENTS.found(workflow, default, message, code="default-type")


def _is_no_number(text: str) -> bool:
    number = parse_number(text)
    return number != number or not text.strip()


# --- patterns ---


def _check_globs(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for _, node in workflow.events.values():
            for key, name, value in entries_of(node):
                if name in _REFS:
                    yield from _patterns(workflow, value, is_ref=True)
                elif name in ("paths", "paths-ignore"):
                    yield from _patterns(workflow, value, is_ref=False)
                if name in _PAIRS:
                    yield from _only_negative(workflow, key, name, value)


def _patterns(workflow: Workflow, node: Node, *, is_ref: bool) -> Iterator[Finding]:
    for item in (each for each in scalars_of(node) if each.value is not None):
        for problem in check_glob(item.source, "ref" if is_ref else "path"):
            at = workflow.place(item, max(problem.column - 1, 0))
            yield GLOB.found(workflow, at, problem.message, code="invalid-pattern")


def _only_negative(workflow: Workflow, key: ScalarNode, name: str, node: Node) -> Iterator[Finding]:
    patterns = [item.source for item in scalars_of(node)]
    if patterns and all(pattern.startswith("!") for pattern in patterns):
        message = f"'{name}' has only patterns that start with '!', so nothing ever matches"
        hint = f"Add a pattern that matches, such as '**', in front, or use '{name}-ignore'."
        yield GLOB.found(workflow, key, message, hint=hint, severity="warning", code="only-negative-patterns")


# --- schedules ---


def _check_schedules(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        node = workflow.events.get("schedule", (None, None))[1]
        items = getattr(node, "items", [])
        for item in items:
            if isinstance(item, MappingNode):
                yield from _schedule(workflow, item.fields())


def _schedule(workflow: Workflow, fields: dict[str, Node]) -> Iterator[Finding]:
    cron, zone = fields.get("cron"), fields.get("timezone")
    if isinstance(cron, ScalarNode) and "${{" not in cron.source:
        checked = check_cron(plain_text(cron))
        if not checked.ok:
            yield SCHEDULE.found(workflow, cron, INVALID, length=_length(cron), code="invalid-cron")
        elif checked.too_frequent:
            message = (
                f"scheduled job runs too frequently. it runs once per {checked.interval * 60} seconds. "
                f"the shortest interval is once every {SHORTEST_INTERVAL} minutes"
            )
            yield SCHEDULE.found(
                workflow, cron, message, severity="warning", length=_length(cron), code="on-schedule-too-frequent"
            )
    if isinstance(zone, ScalarNode) and plain_text(zone) and not is_timezone(plain_text(zone)):
        message = f"Unknown time zone '{zone.source}'. Use a name such as 'Europe/Berlin'."
        yield SCHEDULE.found(workflow, zone, message, length=_length(zone), code="unknown-timezone")


def _length(node: ScalarNode) -> int:
    return len(node.source) + (2 if node.style in ("'", '"') else 0)


EVENTS = Rule("events", "error", "Events have filters that go together and inputs that make sense.", _check_events)
GLOB = Rule("glob", "error", "Filter patterns can be read and match something.", _check_globs)
SCHEDULE = Rule("schedule", "error", "Schedules can be read and are not too frequent.", _check_schedules)
