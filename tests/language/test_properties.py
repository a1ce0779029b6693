"""What holds for every text: reading never raises, and diagnostics lie inside the file."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language import Diagnostic, parse, parse_action

BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
SAMPLES = [path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "data").glob("*/*.yml")]
KEYS = [
    "on",
    "push",
    "jobs",
    "a",
    "runs-on",
    "steps",
    "run",
    "uses",
    "if",
    "needs",
    "strategy",
    "matrix",
    "include",
    "env",
]
SIGNS = [
    *"!()'\"[]{},:-#&*?|>\t\n\x85\ufeffé😀",
    "&&",
    "||",
    "<<:",
    "&x",
    "*x",
    "!!int",
    "---",
    "...",
    "- ",
    ": ",
    "  ",
    "\n  ",
]
PHRASES = ["${{", "}}", "${{ github.sha }}", "success() && x", "1.5", "0x1", "true", "~", "actions/checkout@v4"]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(KEYS + SIGNS + PHRASES), max_size=60).map("".join))


def check_places(text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    lines = BREAKS.split(text)
    for each in diagnostics:
        assert each.message
        if each.line or each.column:
            assert 1 <= each.line <= len(lines)
            assert 1 <= each.column <= len(lines[each.line - 1]) + 1


def check(text: str) -> None:
    for strict in (False, True):
        workflow = parse(text, strict=strict)
        assert (workflow.workflow is None) == bool(workflow.diagnostics)
        check_places(text, workflow.diagnostics)
        action = parse_action(text, strict=strict)
        assert (action.action is None) == bool(action.diagnostics)
        check_places(text, action.diagnostics)


@settings(deadline=None, max_examples=200)
@given(TEXTS)
def test_any_text(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(SAMPLES), st.integers(0, 2000), st.integers(0, 40), TEXTS)
def test_damaged_files(sample: str, start: int, length: int, insert: str) -> None:
    check(sample[:start] + insert + sample[start + length :])
