"""Places in scalars of every style."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language.lint.document import read_workflow
from runyard.language.lint.places import places


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("${{ HERE }}", (2, 11)),
        ("'it''s ${{ HERE }}'", (2, 18)),
        ('"a\\u00e9\\n\\t\\\\${{ HERE }}"', (2, 25)),
        ("&a ${{ HERE }}", (2, 14)),
        ("!!str ${{ HERE }}", (2, 17)),
        ("plain\n  and ${{ HERE }}", (3, 11)),
        ("'quoted\n\n    and ${{ HERE }}'", (4, 13)),
        ('"quoted \\\n    and ${{ HERE }}"', (3, 13)),
        ("|\n  one\n    two ${{ HERE }}", (4, 13)),
        ("|2-\n\n   x\n  ${{ HERE }}", (5, 7)),
        ("|+\n  ${{\n     HERE }}\n\n", (4, 6)),
        (">\n  one\n  two ${{ HERE }}\n\n   three", (4, 11)),
        (">-\n\n  one\n\n  two ${{ HERE }}", (6, 11)),
    ],
)
def test_an_expression_is_found_where_it_stands(value: str, place: tuple[int, int]) -> None:
    workflow = read_workflow("a.yml", f"# comment\nname: {value}\n")
    found = [written for each in places(workflow) for written in each.expressions]
    assert [(each.at(1).line, each.at(1).column) for each in found] == [place]


@given(st.lists(st.text("ab é'\"", min_size=1, max_size=6), min_size=1, max_size=5))
def test_in_literals_every_character_is_found(lines: list[str]) -> None:
    text = "name: |\n" + "".join(f"  x{line}\n" for line in lines) + "  ${{ HERE }}\n"
    workflow = read_workflow("a.yml", text)
    (place,) = places(workflow)
    for offset, character in enumerate(place.node.source.rstrip("\n")):
        at = workflow.place(place.node, offset)
        if character != "\n":
            assert workflow.lines[at.line - 1][at.column - 1] == character
