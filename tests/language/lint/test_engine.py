"""`lint` as a whole: it survives everything, orders what it finds, and its fixes fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language.lint.config import Config
from runyard.language.lint.document import MOST_EXPRESSIONS
from runyard.language.lint.engine import MOST_FINDINGS, lint
from runyard.language.lint.finding import apply_fixes
from runyard.language.lint.registry import LANGUAGE_RULES

DATA = Path(__file__).parent / "data"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(DATA.glob("*/*.yml"))]
PARTS = ("${{", "}}", "'", '"', "\n", "  ", "- ", "[", "]", "{", "}", ":", "|", ">", "*a", "&a ", "null", "é", "\u2028")
NAMES = ("a.yml", "action.yml", ".github/workflows/x.yaml", ".runyard/lint.yml", ".github/actionlint.yaml")


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A workflow in which some places are overwritten."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(st.sampled_from(PARTS) | st.text(max_size=5)) + text[end:]
    return text


@given(st.dictionaries(st.sampled_from(NAMES), damaged(), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered_with_findings_inside_of_it(files: dict[str, str]) -> None:
    found = lint(files, is_whole=True, rules=LANGUAGE_RULES)
    assert list(found) == sorted(found, key=lambda each: (each.path, each.line, each.column, each.rule, each.message))
    for finding in found:
        assert finding.line <= len(files[finding.path].splitlines()) + 1


@pytest.mark.parametrize("text", ["", "a", "|\n ${{\n", "- |\n  ${{ a }}\n", "${{ a }}", "null", "[]", "{}"])
def test_a_file_that_is_no_workflow_is_answered_too(text: str) -> None:
    assert lint({"a.yml": text}, is_whole=True)


@given(damaged())
@settings(max_examples=60, deadline=None)
def test_fixes_remove_what_they_fix(text: str) -> None:
    found = [each for each in lint({"a.yml": text}, rules=LANGUAGE_RULES) if each.fix]
    fixed = apply_fixes(text, found)
    left = [each for each in lint({"a.yml": fixed}, rules=LANGUAGE_RULES) if each.fix]
    assert len(left) < len(found) or not found


def test_settings_that_are_given_come_before_those_of_the_repository() -> None:
    files = {"a.yml": "on: push\njobs: {a: {runs-on: x, needs: b}}\n", ".runyard/lint.yml": "rules: {needs: off}\n"}
    assert lint(files, rules=LANGUAGE_RULES) == ()
    found = lint(files, config=Config(rules={"needs": "information"}), rules=LANGUAGE_RULES)
    assert {each.severity for each in found} == {"information"}


def test_what_is_not_here_is_only_missing_in_a_whole_repository() -> None:
    text = "on: push\njobs: {a: {runs-on: x, steps: [{uses: ./there}]}, b: {uses: ./.github/workflows/there.yml}}\n"
    assert lint({"a.yml": text}, rules=LANGUAGE_RULES) == ()
    found = lint({"a.yml": text}, is_whole=True, rules=LANGUAGE_RULES)
    assert [each.code for each in found] == ["missing-action", "missing-workflow"]


def test_one_rule_can_be_off_by_default_and_switched_on() -> None:
    text = "on: push\njobs: {a: {runs-on: x, timeout-minutes: 0}}\n"
    assert [each.rule for each in lint({"a.yml": text}, config=Config(rules={"timeout": "off"}))] == [
        each.rule for each in lint({"a.yml": text}) if each.rule != "timeout"
    ]


JOBS = "jobs: {a: {runs-on: x, steps: [{run: x}]}}\n"


def test_of_many_findings_the_first_are_reported() -> None:
    text = "on: push\nenv:\n" + "".join(f"  A{n}: '${{{{ no.x }}}}'\n" for n in range(MOST_FINDINGS + 5)) + JOBS
    found = [each for each in lint({"a.yml": text, "b.yml": text}) if each.rule == "expression"]
    assert [each.path for each in found] == ["a.yml"] * (MOST_FINDINGS + 1) + ["b.yml"] * (MOST_FINDINGS + 1)
    last = found[MOST_FINDINGS]
    assert (last.line, last.code) == (MOST_FINDINGS + 3, "more-findings")
    assert str(MOST_FINDINGS) in last.message
    assert {each.code for each in found[:MOST_FINDINGS]} == {"unknown-context"}


def test_a_file_with_too_many_expressions_is_not_checked() -> None:
    def found(value: str, uses: int) -> list[str]:
        aliases = "".join(f"  C{number}: *a\n" for number in range(uses))
        text = f"on: push\nenv:\n  A: &a '{value}'\n  B: ${{{{ no.x }}}}\n{aliases}{JOBS}"
        return [each.code for each in lint({"a.yml": text}, rules=LANGUAGE_RULES)]

    value = "${{ github.ref }}" * 100
    uses = MOST_EXPRESSIONS // len(value)
    assert found(value, uses - 2) == ["unknown-context"]
    assert found(value, uses + 1) == ["limit"]
    assert found("x" * len(value), uses + 1) == ["unknown-context"]


def test_conditions_without_marks_count_as_expressions() -> None:
    steps = "".join(f"      - {{if: github.ref || '{'x' * 9000}{n}', run: x}}\n" for n in range(30))
    found = lint({"a.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}"}, rules=LANGUAGE_RULES)
    assert [each.code for each in found] == ["limit"]
