"""No text makes a rule raise; findings lie inside of the file; hostile files take time in proportion to their size."""

from __future__ import annotations

import re
import time
from pathlib import Path

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


def seconds(text: str) -> float:
    start = time.process_time()
    lint({"a.yml": text}, rules=RULES)
    return time.process_time() - start


def test_hostile_files() -> None:
    head = "on: [pull_request_target, issue_comment]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    step = "      - {id: s%d, if: 'github.event.comment.body == 1', run: 'echo ${{ steps.s%d.outputs.x }} $A'}\n"
    loop = "on: push\nenv:\n  A: " + "${{ env.B }} " * 300 + "\n  B: " + "${{ env.A }} " * 300 + "\n"
    loop += "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ env.A }}\n"
    parts = [
        "curl ",
        "git fetch ",
        "python ",
        "<",
        "{ } >> $GITHUB_ENV ",
        "${{ github.head_ref }}",
        "echo $A ",
        "tee ",
        "# '",
    ]
    texts = [loop, head + "".join(step % (number, number + 1) for number in range(2000))]
    texts += [head + "      - run: |\n          " + part * (100_000 // len(part)) + "\n" for part in parts]
    texts += [head + "      - run: |\n" + f"          {part}\n" * (100_000 // (len(part) + 11)) for part in parts]
    job = "    runs-on: ubuntu-latest\n    steps: [run: make]\n"
    chain = "".join(f"  j{number}:\n    needs: j{number + 1}\n{job}" for number in range(3000))
    texts.append(f"on: push\njobs:\n{chain}  j3000:\n    if: false\n{job}")
    texts.append(head + "      - uses: dawidd6/action-download-artifact@v4\n      - run: echo x\n" * 3000)
    texts.append("".join(f"# runyard-lint: ignore[rule{number}]\n" for number in range(15_000)) + head)
    slow = {text[-40:]: took for text in texts if (took := seconds(text)) > 3}
    assert slow == {}
