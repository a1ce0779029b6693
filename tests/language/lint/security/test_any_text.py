"""No text makes a rule raise; findings lie inside of the file; hostile files take time in proportion to their size."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language.lint.engine import lint
from runyard.language.lint.finding import apply_fixes
from runyard.language.lint.security import RULES

BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
SAMPLES = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "data").glob("*.yml"))]
PIECES = [
    *"'\"`$(){}[]<>|&;#\\:*-\n\t \x85\ufeffé😀",
    "${{ github.head_ref }}",
    "${{ secrets.A }}",
    "${{",
    "}}",
    "env.A",
    "fromJSON(secrets.A).b",
    "secrets[",
    "\n      ",
    "<<EOF\n",
    "EOF",
    "echo ",
    ">> $GITHUB_ENV",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    "actions/checkout@v4",
]


def check(text: str) -> None:
    for path in ("a.yml", "action.yml"):
        found = lint({path: text}, rules=RULES)
        lines = BREAKS.split(text.removeprefix("\ufeff"))
        for each in found:
            assert 1 <= each.line <= len(lines)
            assert 1 <= each.column <= len(lines[each.line - 1]) + 1
        apply_fixes(text, found)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_script(script: str) -> None:
    head = "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          "
    check(f"{head}{script}\n")


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_samples(sample: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 40)))
    check(sample[:start] + "".join(data.draw(st.lists(st.sampled_from(PIECES), max_size=4))) + sample[end:])


HEAD = "on: [pull_request_target, issue_comment]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
STEP = "      - {id: s%d, if: 'github.event.comment.body == 1', run: 'echo ${{ steps.s%d.outputs.x }} $A'}\n"
READ = "echo ${{ steps.s.outputs.x }}"
JOB = "    runs-on: ubuntu-latest\n    steps: [run: make]\n"
PARTS = [
    "curl ",
    "git fetch ",
    "python ",
    "<",
    "{ } >> $GITHUB_ENV ",
    "${{ github.head_ref }}",
    "${{ secrets.A }}",
    "echo $A ",
    "tee ",
    "echo & ",
    "${{ ",
    '"',
    "<(",
    "# '",
]


def variables_that_need_each_other(size: int) -> str:
    loop = "on: push\nenv:\n  A: " + "${{ env.B }} " * size + "\n  B: " + "${{ env.A }} " * size + "\n"
    return loop + "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ env.A }}\n"


def many_outputs_of_one_script(size: int) -> str:
    written = "".join(f"          echo x{number}=${{{{ env.A }}}} >> $GITHUB_OUTPUT\n" for number in range(size))
    read = "".join(f"      - run: echo ${{{{ steps.s.outputs.x{number} }}}}\n" for number in range(size))
    return f"{HEAD}      - id: s\n        run: |\n{written}{read}"


def a_chain_of_jobs(size: int) -> str:
    chain = "".join(f"  j{number}:\n    needs: j{number + 1}\n{JOB}" for number in range(size))
    return f"on: push\njobs:\n{chain}  j{size}:\n    if: false\n{JOB}"


def a_condition_over_many_steps(size: int) -> str:
    tests = "github.event_name == 'push' || " * (size // 2)
    job = HEAD.replace("    steps:", f"    if: {tests}true\n    steps:")
    return job + "      - {uses: actions/checkout@v4, with: {ref: '${{ github.head_ref }}'}}\n" * size


HOSTILE: dict[str, tuple[Callable[[int], str], int]] = {
    "variables that need each other": (variables_that_need_each_other, 5000),
    "many outputs of one script": (many_outputs_of_one_script, 1600),
    "a chain of outputs": (lambda size: HEAD + "".join(STEP % (number, number + 1) for number in range(size)), 2000),
    "a chain of jobs": (a_chain_of_jobs, 2400),
    "a condition over many steps": (a_condition_over_many_steps, 1200),
    "a word for an output": (
        lambda size: f"{HEAD}      - id: s\n        run: echo {'a' * size} >> $GITHUB_OUTPUT\n      - run: {READ}\n",
        60_000,
    ),
    "downloads": (
        lambda size: HEAD + "      - uses: dawidd6/action-download-artifact@v4\n      - run: echo x\n" * size,
        2400,
    ),
    "comments": (
        lambda size: "".join(f"# runyard-lint: ignore[rule{number}]\n" for number in range(size)) + HEAD,
        16_000,
    ),
    "printed variables": (
        lambda size: (
            f"on: push\nenv:\n  A: {'${{ env.B }}' * size}\n{HEAD[HEAD.index('jobs') :]}      - run: |\n"
            + "          echo $A\n" * size
        ),
        4000,
    ),
    **{
        f"a line of {part!r}": (
            lambda size, part=part: f"{HEAD}      - run: |\n          {part * (size // len(part))}\n",  # type: ignore[misc]
            100_000,
        )
        for part in PARTS
    },
    **{
        f"lines of {part!r}": (
            lambda size, part=part: HEAD + "      - run: |\n" + f"          {part}\n" * (size // (len(part) + 11)),  # type: ignore[misc]
            100_000,
        )
        for part in PARTS
    },
}
"""Makers of a file by a size, and the size."""
GROWTH = 8
MARGIN = 3
GRACE = 0.2
"""Seconds that a file may always take: below, the clock tells nothing."""
TRIES = 6
"""The machine is not alone: a file counts as slow when it is slow so many times."""


def seconds(text: str) -> float:
    start = time.process_time()
    lint({"a.yml": text}, rules=RULES)
    return time.process_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_a_longer_file_costs_in_proportion(name: str) -> None:
    make, size = HOSTILE[name]
    short, long = make(size // GROWTH), make(size)
    best_short = best_long = float("inf")
    for _ in range(TRIES):
        best_long = min(best_long, seconds(long))
        best_short = min(best_short, seconds(short))
        if best_long <= GRACE + GROWTH * MARGIN * best_short:
            return
    raise AssertionError(f"{best_long:.2f} s for {len(long)} characters, {best_short:.2f} s for {len(short)}")
