"""Fixes of the rules about the language leave everything that they do not name as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language.lint.document import read_action, read_workflow
from runyard.language.lint.engine import lint
from runyard.language.lint.finding import Edit, Finding, Fix, apply_fixes
from runyard.language.lint.registry import LANGUAGE_RULES
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode

DATA = Path(__file__).parent / "data"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(DATA.rglob("*.yml"))]
CASES = [(name, text, found) for text in TEXTS for name in ("a.yml", "action.yml")
         if (found := [each for each in lint({name: text}, rules=LANGUAGE_RULES) if each.fix])]  # fmt: skip


def values(node: Node | None) -> Iterator[tuple[str, object]]:
    """Everything in a tree in order; line breaks at the end of block scalars, which fixes take away, left out."""
    if isinstance(node, ScalarNode):
        yield node.style, node.source.rstrip("\n") if node.style in ("|", ">") else node.source
    elif isinstance(node, SequenceNode):
        yield "sequence", len(node.items)
        for item in node.items:
            yield from values(item)
    elif isinstance(node, MappingNode):
        yield "mapping", len(node.pairs)
        for key, value in node.pairs:
            yield from values(key)
            yield from values(value)


def test_there_is_something_to_fix() -> None:
    assert len(CASES) >= 1


@given(st.sampled_from(CASES), st.data())
@settings(max_examples=60, deadline=None)
def test_any_of_the_fixes_leaves_the_rest(case: tuple[str, str, list[Finding]], data: st.DataObject) -> None:
    name, text, found = case
    chosen = [each for each in found if data.draw(st.booleans())]
    fixed = apply_fixes(text, chosen)
    read = read_action if name == "action.yml" else read_workflow
    assert list(values(read(name, fixed).raw)) == list(values(read(name, text).raw))
    left = [each for each in lint({name: fixed}, rules=LANGUAGE_RULES) if each.fix]
    assert len(left) == len(found) - len(chosen)


def finding(*edits: Edit) -> Finding:
    return Finding("a", 1, 1, 0, "x", "error", "m", fix=Fix("f", edits))


@given(st.text(min_size=1, max_size=40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=12))
def test_of_fixes_that_overlap_the_first_is_applied(text: str, spans: list[tuple[int, int]]) -> None:
    edits = [Edit(min(start, len(text)), min(start + size, len(text)), f"<{n}>") for n, (start, size) in
             enumerate(spans)]  # fmt: skip
    taken: list[Edit] = []
    for edit in edits:
        if all(edit.start != other.start and (edit.end <= other.start or other.end <= edit.start) for other in taken):
            taken.append(edit)
    expected = text
    for edit in sorted(taken, key=lambda edit: edit.start, reverse=True):
        expected = expected[: edit.start] + edit.replacement + expected[edit.end :]
    assert apply_fixes(text, [finding(edit) for edit in edits]) == expected
