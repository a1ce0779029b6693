"""Hints: what somebody may have meant, and what the schema takes at a place."""

from __future__ import annotations

import pytest

from runyard.language.lint.engine import lint
from runyard.language.lint.registry import LANGUAGE_RULES
from runyard.language.lint.spelling import names_hint

HEAD = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("fetch_depth", "fetch-depth"),
        ("FETCH-DEPTH", "fetch-depth"),
        ("fetch-dept", "fetch-depth"),
        ("fetch-deptth", "fetch-depth"),
        ("fetch-dpeth", "fetch-depth"),
        ("fetch-dexth", "fetch-depth"),
        ("reff", ""),
        ("fetching", ""),
        ("r", ""),
        ("", ""),
    ],
)
def test_a_name_that_is_close(name: str, meant: str) -> None:
    hint = names_hint(name, ["fetch-depth", "ref-name", "rex"], shown="Inputs")
    assert hint == (f"Did you mean '{meant}'?" if meant else "Inputs: fetch-depth, ref-name, rex.")


def test_no_names_no_hint_and_not_too_many() -> None:
    assert names_hint("x", []) == ""
    assert names_hint("x", map(str, range(100, 200))).endswith("118, 119, ….")


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("on: {pul_request: {}}\n", (1, 6), "Did you mean 'pull_request'?"),
        ("on: [psuh]\n", (1, 6), "Did you mean 'push'?"),
        ("on: {issues: {types: [opend]}}\n", (1, 23), "Did you mean 'opened'?"),
        ("on: push\npermissions: {contents: raed}\n", (2, 25), "Did you mean 'read'?"),
        ("on: push\npermissions: {content: read}\n", (2, 15), "Did you mean 'contents'?"),
        (HEAD + "      - {run: x, continue-on-error: maybe}\n", (6, 37), "Possible here: true, false."),
        (HEAD + "      - {run: x, timeout-minutes: abc}\n", (6, 35), "A number belongs here."),
        (HEAD + "      - {run: x, env: 3}\n", (6, 23), "A mapping (`key: value`) belongs here."),
        (HEAD + "      - {run: x, nam: y}\n", (6, 18), "Did you mean 'name'?"),
        (HEAD + "      - {run: x, iff: y}\n", (6, 18), "Did you mean 'if'?"),
        (HEAD + "      - run: echo ${{ sucess() }}\n", (6, 23), "Functions here: "),
        (HEAD + "      - {run: x, if: sucess()}\n", (6, 22), "Did you mean 'success'?"),
        (HEAD + "      - run: echo ${{ github.event_nam }}\n", (6, 23), "Did you mean 'event_name'?"),
        (HEAD + "      - run: echo ${{ gitub.event_name }}\n", (6, 23), "Did you mean 'github'?"),
        (HEAD + "  test: {needs: biuld, runs-on: x, steps: [run: x]}\n", (6, 17), "Did you mean 'build'?"),
    ],
)
def test_hints_stand_beside_what_is_wrong(text: str, place: tuple[int, int], hint: str) -> None:
    found = lint({"a.yml": text}, rules=LANGUAGE_RULES)
    assert [each.hint for each in found if (each.line, each.column) == place and each.hint.startswith(hint)]


def test_aliases_inside_of_aliases_end() -> None:
    deep = "".join(f"  a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 12))
    text = f"on: push\nx:\n  a0: &a0 [x]\n{deep}"
    assert any("Possible here: " in each.hint for each in lint({"a.yml": text}, rules=LANGUAGE_RULES))
