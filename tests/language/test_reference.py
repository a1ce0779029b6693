"""The reference in docs/language is complete, and every example there does what the page says.

Workflow and action examples are parsed strictly, tables of expressions, patterns, conditions and jobs are evaluated.
A key, event, context or function without an example fails.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from runyard.language import (
    ExpressionError,
    evaluate,
    event_ref,
    expand_matrix,
    hash_files,
    interpolate,
    match_pattern,
    parse,
)
from runyard.language.diagnostics import Problems
from runyard.language.expressions.functions import BUILTINS
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.tree import Function, walk
from runyard.language.expressions.values import fold
from runyard.language.limits import DEFAULT_LIMITS
from runyard.language.lint import github_context
from runyard.language.lint.engine import lint
from runyard.language.lint.types import Type
from runyard.language.matrix import shown_name
from runyard.language.reader.yaml_reader import read_yaml
from runyard.language.schema.action import action_schema
from runyard.language.schema.definition import Definition
from runyard.language.schema.events import EVENTS
from runyard.language.schema.workflow import workflow_schema
from runyard.runner.status import status_functions
from runyard.runner.task import Conclusion
from tests.language.reference_pages import (
    CODE,
    NAMES,
    PAGES,
    Example,
    Row,
    cells,
    examples_in,
    page,
    read_json,
    rows,
    sections,
    shown,
)
from tests.language.schema_keys import keys_of, known, used_keys

EXAMPLES = [example for name in NAMES for example in examples_in(page(name), name)]
GOOD = [example for example in EXAMPLES if not example.error]
WORKFLOWS = [example for example in GOOD if not example.is_action]
ACTIONS = [example for example in GOOD if example.is_action]


def places(found: list[Row] | list[Example]) -> list[str]:
    return [each.place for each in found]


# --- workflows and actions ---


@pytest.mark.parametrize("example", EXAMPLES, ids=places(EXAMPLES))
def test_examples(example: Example) -> None:
    messages = [found.message for found in example.diagnostics()]
    if example.error:
        assert example.error in messages
    else:
        assert messages == []


def test_every_block_is_executed() -> None:
    for name in NAMES:
        kinds = re.findall(r"^```(\w+) ?([^\n]*)$", page(name), re.M)
        assert {kind for kind, _ in kinds} <= {"yaml", "json"}, name
        assert [info for kind, info in kinds if kind == "yaml" and info and not info.startswith("error=")] == [], name


@pytest.mark.parametrize("example", GOOD, ids=places(GOOD))
def test_good_examples_have_no_errors_for_lint(example: Example) -> None:
    path = ".github/actions/example/action.yml" if example.is_action else ".github/workflows/example.yml"
    found = lint({path: example.text})
    assert [str(each) for each in found if each.severity == "error"] == []


def used_in(examples: list[Example], root: Definition) -> set[tuple[int, str]]:
    used: set[tuple[int, str]] = set()
    for example in examples:
        node = read_yaml(example.text, Problems(example.place), DEFAULT_LIMITS)
        assert node is not None, example.place
        used.update(used_keys(node, root))
    return used


@pytest.mark.parametrize(("kind", "examples"), [("workflow", WORKFLOWS), ("action", ACTIONS)])
def test_every_key_has_an_example(kind: str, examples: list[Example]) -> None:
    root = workflow_schema(strict=True) if kind == "workflow" else action_schema(strict=True)
    used = used_in(examples, root)
    missing = [path for key, path in keys_of(root).items() if key not in used]
    assert set(missing) - {f"on.{event}" for event in EVENTS} == set(), "events have a test of their own"


@pytest.mark.parametrize(("name", "schema"), [("workflow", workflow_schema), ("actions", action_schema)])
def test_every_key_is_explained(name: str, schema: Any) -> None:
    lines = f"{page(name)}{page('matrix')}".splitlines()
    explained = {code for line in lines if line.startswith("|") for code in CODE.findall(line)}
    paths = [path for path in keys_of(schema(strict=True)).values() if not path.startswith("on.")]
    assert [path for path in paths if path.rpartition(".")[2] not in explained] == []


# --- events ---


def test_every_event_has_a_section() -> None:
    assert list(sections("events")) == list(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_events(name: str) -> None:
    section = sections("events")[name]
    table = {row[0]: CODE.findall(row[1]) for row in map(cells, re.findall(r"^\|.*\|$", section, re.M))}
    kind = EVENTS[name]
    assert tuple(table.get("types", ())) == kind.types
    assert tuple(table.get("filters", ())) == kind.filters
    assert tuple(table.get("without `types`", ())) == kind.default_types
    examples = [example for example in examples_in(section, "events") if not example.error]
    assert examples
    for example in examples:
        workflow = parse(example.text, strict=True).workflow
        assert workflow is not None
        assert name in workflow.triggers


def test_the_same_events_start_runs_as_on_the_page_of_workflows() -> None:
    short = (PAGES.parent / "workflows.md").read_text(encoding="utf-8")
    starting = {name for name, section in sections("events").items() if "| in Runyard | starts runs |" in section}
    assert starting == set(re.findall(r"`on: (\w+)`", short))


def test_the_refs_of_all_events() -> None:
    found = rows("events", "event", "part of the payload", "`github.ref`", "`github.sha`")
    names = [name for row in found for name in row.codes(0)]
    assert sorted(names) == sorted(set(EVENTS) - {"workflow_call"})
    for row in found:
        for name in row.codes(0):
            ref = event_ref(name, read_json(row.code(1)))
            assert (ref.ref, ref.sha) == ("".join(row.codes(2)), "".join(row.codes(3))), (row.place, name)


PATTERNS = rows("events", "patterns", "match", "do not match")


@pytest.mark.parametrize("row", PATTERNS, ids=places(PATTERNS))
def test_patterns(row: Row) -> None:
    assert [name for name in row.codes(1) if not match_pattern(row.codes(0), name)] == []
    assert [name for name in row.codes(2) if match_pattern(row.codes(0), name)] == []


# --- expressions ---


EXPRESSIONS = rows("expressions", "expression", "value")
TEMPLATES = rows("expressions", "text", "value")
STATUSES = rows("expressions", "expression", "nothing failed", "a step failed", "cancelled")
CONDITIONS = rows("expressions", "`if`", "means")


@pytest.mark.parametrize("row", EXPRESSIONS, ids=places(EXPRESSIONS))
def test_expressions(row: Row, tmp_path: Path) -> None:
    for name, text in row.blocks.get("files", {}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    functions = {"hashFiles": lambda *patterns: hash_files(tmp_path, patterns)}
    contexts = row.blocks.get("contexts", {})
    if row.cells[1].startswith("error: "):
        with pytest.raises(ExpressionError) as error:
            evaluate(row.code(0), contexts, functions)
        assert error.value.message.startswith(CODE.findall(row.cells[1])[0])
    else:
        assert shown(evaluate(row.code(0), contexts, functions)) == shown(read_json(row.code(1)))


@pytest.mark.parametrize("row", TEMPLATES, ids=places(TEMPLATES))
def test_texts_with_expressions(row: Row) -> None:
    value = interpolate(row.code(0), row.blocks.get("contexts", {}))
    assert shown(value) == shown(read_json(row.code(1)))


@pytest.mark.parametrize("row", STATUSES, ids=places(STATUSES))
def test_status_functions(row: Row) -> None:
    results = (Conclusion.SUCCESS, Conclusion.FAILURE, Conclusion.CANCELLED)
    values = [shown(evaluate(row.code(0), {}, status_functions(result))) for result in results]
    assert values == [row.code(column) for column in (1, 2, 3)]


@pytest.mark.parametrize("row", CONDITIONS, ids=places(CONDITIONS))
def test_conditions(row: Row) -> None:
    workflow = parse(f"on: push\njobs:\n  build:\n    if: {row.code(0)}\n    runs-on: x\n").workflow
    assert workflow is not None
    assert workflow.jobs["build"].condition.source == row.code(1)


def test_every_function_has_an_example() -> None:
    functions = {"always", "cancelled", "failure", "success", "hashfiles"}
    used = {
        part.name.lower()
        for row in [*EXPRESSIONS, *STATUSES]
        if not row.cells[1].startswith("error: ")
        for part in walk(parse_expression(row.code(0)))
        if isinstance(part, Function)
    }
    assert used == functions | set(BUILTINS)


# --- contexts ---


def test_where_contexts_are_available() -> None:
    for name, schema in (("contexts", workflow_schema), ("actions", action_schema)):
        allowed: dict[str, tuple[set[str], set[str]]] = {}
        for row in rows(name, "key", "contexts", "functions"):
            allowed |= dict.fromkeys(row.codes(0), (set(row.codes(1)), set(row.codes(2))))
        for path, definition in known(schema(strict=True)):
            if definition.scope is not None:
                above = [key for key in allowed if f"{path}.".startswith(f"{key}.")]
                assert above, f"{path} may use contexts, but {name}.md does not say so"
                scope = definition.scope
                assert allowed[max(above, key=len)] == (set(scope.contexts), set(scope.functions)), path


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("github", github_context.github()),
        ("job", github_context.job()),
        ("runner", github_context.RUNNER),
        ("strategy", github_context.STRATEGY),
    ],
)
def test_every_property_is_explained(name: str, properties: Type) -> None:
    explained = set(CODE.findall(sections("contexts")[name]))
    assert [each for each in properties.names if each not in explained] == []


def test_every_context_has_an_example() -> None:
    definitions = [definition for _, definition in known(workflow_schema(strict=True))]
    names = {name for each in definitions if each.scope for name in each.scope.contexts}
    found = sections("contexts")
    assert set(found) == names
    for name, section in found.items():
        examples = examples_in(section, "contexts")
        assert any(re.search(rf"\b{name}\b[.\[)]", each.text) for each in examples if not each.error), name


# --- matrix ---


def test_the_jobs_of_matrices() -> None:
    expected: dict[Example, list[tuple[str, str]]] = {}
    for row in rows("matrix", "job", "`matrix`"):
        assert row.example is not None
        expected.setdefault(row.example, []).append((row.code(0), shown(read_json(row.code(1)))))
    for example, jobs in expected.items():
        workflow = parse(example.text, strict=True).workflow
        assert workflow is not None
        (job,) = workflow.jobs.values()
        assert job.strategy is not None
        matrix = expand_matrix(job.strategy, {})
        names = [shown_name(job.id, suffix) for suffix in matrix.names]
        assert list(zip(names, map(shown, matrix.rows), strict=True)) == jobs, example.place


# --- the index ---


def test_the_index_and_links() -> None:
    text = page("README")
    assert sorted(re.findall(r"\]\(([\w-]+)\.md\)", text)) == sorted(set(NAMES) - {"README"})
    for name in NAMES:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^)]*)\)", page(name)):
            path = PAGES / (target or f"{name}.md")
            assert path.exists(), f"{name}.md links to {target}"
            assert not anchor or anchor in anchors(path), f"{name}.md links to {target}#{anchor}"


def anchors(path: Path) -> set[str]:
    """The headings of a page as addresses."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_headings_differ() -> None:
    for name in NAMES:
        headings = [fold(line) for line in page(name).splitlines() if line.startswith("## ")]
        assert len(headings) == len(set(headings)), name
