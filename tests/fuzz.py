"""`make fuzz`: damage workflow files and expressions for a while and watch what the language does with them.

Every answer must come without an exception that is not documented, name places inside of the text, and take time in
proportion to the text: a part of the text is repeated, and repeating it four times as often may not cost much more than
four times as much. `python -m tests.fuzz SECONDS [TARGET] [SEED]` gives each target its seconds. The seed is printed,
and the same seed makes the same texts. A text that fails is made small, shown, and kept in a file.
"""

from __future__ import annotations

import random
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from runyard.language import LanguageError, evaluate, interpolate, parse, parse_action
from runyard.language.expressions.parser import BUILTIN_FUNCTIONS, parse_expression
from runyard.language.expressions.template import parse_template
from runyard.language.expressions.tree import walk
from runyard.language.lint.engine import lint
from runyard.language.lint.finding import apply_fixes
from runyard.language.model import Expression, Position

SAMPLES = Path(__file__).parent / "language"
BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
HERE = Position(1, 1)
CONTEXTS = {
    "github": {"event": {"a": [1, {"b": "x"}, None, "1"], "B": {"c": [[2.5], {}]}}, "ref": "refs/heads/main"},
    "env": {"N": "0x1F", "L": '["a", 1]', "big": "x" * 30_000},
    "matrix": {"os": "Ünïx", "n": float("nan"), "deep": {"er": {"list": [True, False]}}},
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "success": lambda *names: True,
    "always": lambda: True,
    "hashFiles": lambda *patterns: "",
}
SIGNS = [*"!'\"()[]{},:-#&*?|>.%@`\t\n\r\x85\u2028\ufeff\u00e9\U0001f600 =<\\$~\x07", "\ud800"]
PHRASES = [
    *("${{", "}}", "${{ github.head_ref }}", "${{ secrets.A }}", "${{ insert }}", "success() && ", "''", "''''"),
    *("\n  ", "\n    - ", "- ", ": ", "? ", "&a ", "*a", "<<: *a", "!!str ", "!!int ", "!!null", "|\n", ">-\n", "|2\n"),
    *("---\n", "...\n", "%YAML 1.1\n", "{a: ", "[a, ", '"\\x41', "0x1F", "1e9", ".inf", "~", "null", "true", "010"),
    *("on: ", "jobs:\n", "steps:\n", "run: ", "uses: ", "needs: ", "matrix:\n", "include:\n", "if: ", "env:\n"),
    *("with:\n", "shell: ", "permissions: ", "container: ", "outputs:\n", "concurrency: ", "defaults:\n", "inputs:\n"),
    *("actions/checkout@v4", "./a", "$/b", "docker://x", "echo ", ">> $GITHUB_ENV", "<<EOF\n", "cron: '* * * * *'"),
    *("runs-on: ", "fromJSON(", "format('{0}', ", "hashFiles('**')", "a: b\n", "# runyard: ignore", "|| true", "if !("),
]
OPERANDS = [
    *(
        "github.event.a",
        "github.event",
        "env.N",
        "env.L",
        "matrix.n",
        "matrix.deep.*.list",
        "github.event.a.*.b",
        "env",
    ),
    *("null", "true", "false", "NaN", "-Infinity", "0", "-1.5", ".5", "0x1F", "1e3", "''", "'a''b'", "'Ä'", "'{0} {{'"),
    *("'[1, 2]'", "'{0}{1}{0}'", "'*'", "'1'", "success()", "always()", "hashFiles('**')", "nothing", "env.big"),
]
OPERATORS = [" && ", "||", " == ", "!=", " < ", "<=", ">", " >= "]
GROWTH = 4
MARGIN = 3
"""How much more than in proportion a longer text may cost before it counts as super-linear."""
GRACE = 0.1
"""Seconds that a text may always take: below, the clock tells nothing."""
TRIES = 6
"""The machine is not alone: a text counts as slow when it is slow so many times."""
LONGEST = 60
"""Seconds after which a text counts as endless."""
FEW_SECONDS = 20.0
"""How long a failing text is made smaller."""


class Target(NamedTuple):
    """What is fuzzed: `run` takes a text and checks the answer, `make` makes texts."""

    name: str
    run: Callable[[str], None]
    make: Callable[[random.Random], str]


class FailedError(AssertionError):
    """A text for which a target failed. `text` is small, the message says what happened."""

    def __init__(self, target: Target, problem: str, text: str) -> None:
        super().__init__(f"{target.name}: {problem}\n{text!r}")
        self.text = text


# --- targets ---


def check_place(lines: Sequence[str], line: int, column: int) -> None:
    """A place is (0, 0), the whole file, or inside of it."""
    if line or column:
        assert 1 <= line <= len(lines), f"line {line} of {len(lines)}"
        assert 1 <= column <= len(lines[line - 1]) + 1, f"column {column} of line {line}"


def run_parse(text: str) -> None:
    """The reader of workflows, loose and strict."""
    lines = BREAKS.split(text)
    for strict in (False, True):
        result = parse(text, strict=strict)
        assert (result.workflow is None) == bool(result.diagnostics)
        for each in result.diagnostics:
            assert each.message
            assert each.code
            check_place(lines, each.line, each.column)


def run_action(text: str) -> None:
    """The reader of actions, loose and strict."""
    lines = BREAKS.split(text)
    for strict in (False, True):
        result = parse_action(text, strict=strict)
        assert (result.action is None) == bool(result.diagnostics)
        for each in result.diagnostics:
            check_place(lines, each.line, each.column)


def run_expression(text: str) -> None:
    """Expressions alone and in texts: read, evaluated, interpolated."""
    for mixed in (text, "${{ " + text + " }}", "x ${{ " + text + " }} y${{ env.N }}"):
        try:
            value = parse_template(mixed, HERE)
        except LanguageError:
            continue
        if isinstance(value, Expression):
            assert all(1 <= node.position <= len(value.source) + 1 for node in walk(value.node))
            assert repr(parse_expression(value.source)) == repr(value.node), "mixed text is the call that it stands for"
    for run in (evaluate, interpolate):
        try:
            run(text, CONTEXTS, FUNCTIONS)
        except LanguageError:
            continue


def run_lint(text: str) -> None:
    """All rules of `lint`, and the fixes they offer, as a workflow and as an action."""
    for path in (".github/workflows/a.yml", "action.yml"):
        found = lint({path: text}, is_whole=True)
        lines = BREAKS.split(text.removeprefix("\ufeff"))
        for each in found:
            check_place(lines, each.line, each.column)
        apply_fixes(text, found)


# --- texts ---


def samples() -> list[str]:
    """The workflows and actions among the data of the tests."""
    return [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("**/*.yml"))]


FILES = samples()


def damaged_file(choose: random.Random) -> str:
    """One of the samples with a few changes: phrases put in, lines moved, parts doubled or taken from another one."""
    text = choose.choice(FILES)
    for _ in range(choose.randint(1, 4)):
        if choose.random() < 0.3:
            text = with_moved_lines(choose, text)
        else:
            text = with_new_part(choose, text, choose.choice(FILES))
    return text


def with_moved_lines(choose: random.Random, text: str) -> str:
    """A few lines doubled, dropped or indented otherwise."""
    lines = text.splitlines(keepends=True) or [""]
    start = choose.randrange(len(lines))
    part = lines[start : start + choose.randint(1, 4)]
    shifted = [choose.choice(["  ", "    ", "- "]) + line for line in part]
    unshifted = [line[2:] for line in part]
    lines[start : start + len(part)] = choose.choice([part * 2, [], shifted, unshifted])
    return "".join(lines)


def with_new_part(choose: random.Random, text: str, other: str) -> str:
    """A part replaced by phrases, by itself several times, by an expression, or by a part of another text."""
    start, at = choose.randint(0, len(text)), choose.randint(0, len(other))
    end = min(len(text), start + choose.choice((0, 0, 1, 5, 40)))
    new = choose.choice(
        (
            "".join(choose.choices(SIGNS + PHRASES, k=choose.randint(0, 4))),
            text[start:end] * choose.randint(0, 3),
            other[at : at + 60],
            "${{ " + expression(choose, 2) + " }}",
        )
    )
    return text[:start] + new + text[end:]


def damaged_expression(choose: random.Random) -> str:
    """An expression by the grammar, most of them with a few changes."""
    text = expression(choose, choose.randint(0, 4))
    for _ in range(choose.choice((0, 0, 1, 2, 4))):
        text = with_new_part(choose, text, expression(choose, 1))
    return text


def expression(choose: random.Random, depth: int) -> str:
    """An expression that can be read, `depth` levels high."""
    if depth == 0:
        return choose.choice(OPERANDS)
    inner = [expression(choose, depth - 1) for _ in range(choose.randint(1, 4))]
    name = choose.choice(sorted(BUILTIN_FUNCTIONS))
    return choose.choice(
        (
            choose.choice(OPERATORS).join(inner),
            "!" * choose.randint(1, 3) + f"({inner[0]})",
            f"({inner[0]})[{inner[-1]}]" + choose.choice(("", ".*", ".b", "[*][0]")),
            f"{name}({', '.join(inner)})",
            f"format('{{0}} {{1}} {{{{}}}} ''', {', '.join(inner)})",
        )
    )


TARGETS = {
    target.name: target
    for target in (
        Target("parse", run_parse, damaged_file),
        Target("action", run_action, damaged_file),
        Target("expressions", run_expression, damaged_expression),
        Target("lint", run_lint, damaged_file),
    )
}


# --- the machine ---


def fuzz(target: Target, seconds: float, seed: int) -> int:
    """Try texts for some seconds; the answer is their number. Raises FailedError."""
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        try_one(target, random.Random(f"{seed} {count}"), is_grown=count % 8 == 0)
        count += 1
    return count


def try_one(target: Target, choose: random.Random, *, is_grown: bool) -> None:
    """Try one text, and if so asked the same with a part many times. Raises FailedError."""
    text = target.make(choose)
    attempt(target, text)
    if is_grown:
        start = choose.randint(0, max(len(text) - 1, 0))
        part = text[start : start + choose.choice((1, 2, 3, 8, 60))] or "x"
        grow(target, text, start, choose.choice((part, choose.choice(SIGNS + PHRASES), choose.choice(OPERATORS) + "a")))


def attempt(target: Target, text: str) -> None:
    """Run a target on a text. Raises FailedError, with the text made small, whatever it raises."""
    problem = problem_with(target, text)
    if problem is None:
        return
    kind = problem.split(":")[0]
    end = time.monotonic() + FEW_SECONDS
    small = reduced(text, lambda part: (problem_with(target, part) or "").split(":")[0] == kind, end)
    raise FailedError(target, problem_with(target, small) or problem, small)


def problem_with(target: Target, text: str) -> str | None:
    """What a target raises for a text."""
    try:
        with limited(LONGEST):
            target.run(text)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def reduced(text: str, is_failing: Callable[[str], bool], end: float) -> str:
    """The text without the parts that the failure does not need, as far as time permits."""
    size = len(text) // 2
    while size and time.monotonic() < end:
        start = 0
        while start < len(text) and time.monotonic() < end:
            shorter = text[:start] + text[start + size :]
            if is_failing(shorter):
                text = shorter
            else:
                start += size
        size //= 2
    return text


def grow(target: Target, text: str, start: int, part: str) -> None:
    """Repeat a part of the text so that it fills a few kilobytes, and then four times as many. Raises FailedError."""
    times = 4000 // len(part)
    short, long = (text[:start] + part * count + text[start:] for count in (times, times * GROWTH))
    attempt(target, long)
    best_short = best_long = float("inf")
    for _ in range(TRIES):
        best_long = min(best_long, seconds_for(target, long))
        if best_long <= GRACE:
            return
        best_short = min(best_short, seconds_for(target, short))
        if best_long <= GRACE + GROWTH * MARGIN * best_short:
            return
    problem = f"{best_long:.2f} s for {len(long)} characters, {best_short:.2f} s for {len(short)}, growing by {part!r}"
    raise FailedError(target, problem, long if len(part) > len(long) // 2 else f"{text[:start]}[…]{text[start:]}")


def seconds_for(target: Target, text: str) -> float:
    """The processor time for a text."""
    start = time.process_time()
    target.run(text)
    return time.process_time() - start


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raises TimeoutError in what takes too long."""

    def stop(signal_number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"over {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main(seconds: float, names: Sequence[str], seed: int) -> int:
    """Fuzz the targets and tell how far it got; 1 if something was found."""
    status = 0
    for name in names:
        print(f"{name}, seed {seed} …", flush=True)
        try:
            count = fuzz(TARGETS[name], seconds, seed)
        except FailedError as error:
            with tempfile.NamedTemporaryFile("w", prefix=f"fuzz-{name}-", suffix=".txt", delete=False) as file:
                file.write(error.text.encode("utf-8", "backslashreplace").decode())
            print(f"{error}\nkept in {file.name}", flush=True)
            status = 1
        else:
            print(f"{name}: {count} texts, nothing found", flush=True)
    return status


if __name__ == "__main__":
    chosen = [word for word in sys.argv[2:] if word in TARGETS] or list(TARGETS)
    numbers = [int(word) for word in sys.argv[2:] if word.isdigit()]
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60, chosen, numbers[0] if numbers else time.time_ns()))
