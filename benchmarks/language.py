"""The workflow language: `runyard lint`, the reader on large and hostile files, the evaluator."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

from benchmarks.figures import Figure, median_seconds
from benchmarks.language_files import HOSTILE, HOSTILE_TO_LINT, large, typical
from runyard.language import evaluate
from runyard.language.expressions.parser import parse_expression
from runyard.language.lint.engine import lint
from runyard.language.model import Expression, Position
from tests.support.server import clean_environment

ROUNDS = 3
STARTS = 10
FILES = 200
EVALUATIONS = 20_000
SECONDS = 1.5
MEBIBYTES = 300
EXPRESSION = "github.event_name == 'push' && contains(fromJSON(env.LIST), matrix.os)"
CONTEXTS = {"github": {"event_name": "push"}, "env": {"LIST": '["linux", "windows"]'}, "matrix": {"os": "windows"}}
IN_PYTHON = "github['event_name'] == 'push' and matrix['os'] in loads(env['LIST'])"

_MEASURED = """\
import sys, time
from pathlib import Path
{imports}
text = Path(sys.argv[1]).read_text()
def timed():
    start = time.process_time()
    {call}
    return time.process_time() - start
seconds = min(timed() for _ in range(2))
status = Path("/proc/self/status").read_text().splitlines()
print(seconds, next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:")))
"""
"""Processor time, because the machine may be busy, and the process's own peak of memory: `ru_maxrss` begins with that
of the process that started it."""
_PARSE = _MEASURED.format(imports="from runyard.language import parse", call="parse(text)")
_LINT = _MEASURED.format(
    imports="from runyard.language.lint.engine import lint", call="lint({'.github/workflows/a.yml': text})"
)
_COMPOSE = _MEASURED.format(imports="import yaml", call="yaml.compose(text, yaml.CSafeLoader)")
_COMPOSE_ALL = "import sys, yaml\nfor name in sys.argv[1:]: yaml.compose(open(name, 'rb'), yaml.CSafeLoader)"


def measure() -> list[Figure]:
    """The figures of the language."""
    hostile = {name: make() for name, make in HOSTILE.items()}
    hostile_to_lint = {name: make() for name, make in HOSTILE_TO_LINT.items()}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        return [
            _lint_many(root),
            _lint_in_process(),
            _slowest("parse of a workflow of 1 MiB", _PARSE, {"": large()}, root),
            _slowest(f"parse, the slowest of {len(hostile)} hostile workflows", _PARSE, hostile, root),
            _slowest("lint of a workflow of 1 MiB", _LINT, {"": large()}, root),
            _slowest(f"lint, the slowest of {len(hostile_to_lint)} hostile workflows", _LINT, hostile_to_lint, root),
            _evaluations(),
            _lint_one(root),
        ]


def _lint_many(root: Path) -> Figure:
    folder = root / "many" / ".github" / "workflows"
    folder.mkdir(parents=True)
    files = [folder / f"w{number}.yml" for number in range(FILES)]
    for number, file in enumerate(files):
        file.write_text(typical(number))
    took = median_seconds(lambda: _run(_runyard(), "lint", cwd=root / "many"), ROUNDS)
    bare = median_seconds(lambda: _run(sys.executable, "-c", _COMPOSE_ALL, *map(str, files)), ROUNDS)
    return Figure(
        f"`runyard lint` of {FILES} files of 60 lines",
        f"{took * 1000:.0f} ms",
        f"YAML alone (PyYAML in C) {bare * 1000:.0f} ms",
        f"{took / bare:.1f} ×",
        "≤ 1.5 s",
        took <= SECONDS,
    )


def _lint_in_process() -> Figure:
    """Parsing and checking alone, per file."""
    files = {f".github/workflows/w{number}.yml": typical(number) for number in range(FILES)}
    took = median_seconds(lambda: lint(files), ROUNDS) / FILES
    bare = median_seconds(lambda: [yaml.compose(text, yaml.CSafeLoader) for text in files.values()], ROUNDS) / FILES
    return Figure(
        "parse and check of a file of 60 lines",
        f"{took * 1000:.2f} ms",
        f"YAML alone {bare * 1000:.2f} ms",
        f"{took / bare:.1f} ×",
        "≤ 4 ms",
        took <= 0.004,
    )


def _slowest(what: str, script: str, texts: dict[str, str], root: Path) -> Figure:
    """Each text in a process of its own, for its memory."""
    results: list[tuple[float, float, str]] = []
    for name, text in texts.items():
        took, memory = _measured(script, text, root)
        print(f"  {what}: {name} {took * 1000:.0f} ms, {memory:.0f} MiB", file=sys.stderr, flush=True)
        results.append((took, memory, name))
    took, _, name = max(results)
    memory = max(memory for _, memory, _ in results)
    bare, _ = _measured(_COMPOSE, texts[name], root)
    return Figure(
        what,
        f"{took * 1000:.0f} ms of processor time{name and f' ({name})'}, {memory:.0f} MiB",
        f"YAML alone {bare * 1000:.0f} ms",
        f"{took / bare:.1f} ×",
        f"≤ {SECONDS} s, ≤ {MEBIBYTES} MiB",
        took <= SECONDS and memory <= MEBIBYTES,
    )


def _measured(script: str, text: str, root: Path) -> tuple[float, float]:
    """Seconds and MiB."""
    file = root / "measured.yml"
    file.write_text(text)
    seconds, mebibytes = _run(sys.executable, "-c", script, str(file)).split()
    return float(seconds), float(mebibytes)


def _evaluations() -> Figure:
    expression = Expression(EXPRESSION, parse_expression(EXPRESSION), Position(1, 1))
    code = compile(IN_PYTHON, "<baseline>", "eval")
    names = {**CONTEXTS, "loads": json.loads}
    took = median_seconds(lambda: _repeated(lambda: evaluate(expression, CONTEXTS)), ROUNDS) / EVALUATIONS
    bare = median_seconds(lambda: _repeated(lambda: eval(code, names)), ROUNDS) / EVALUATIONS
    return Figure(
        "evaluations of a condition with `contains(fromJSON(…), …)`",
        f"{1 / took:,.0f}/s",
        f"the same in Python {1 / bare:,.0f}/s",
        f"{took / bare:.1f} ×",
        "≥ 50,000/s",
        took <= 1 / 50_000,
    )


def _repeated(function: Callable[[], object]) -> None:
    for _ in range(EVALUATIONS):
        function()


def _lint_one(root: Path) -> Figure:
    file = root / "one.yml"
    file.write_text("on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hi\n")
    took = median_seconds(lambda: _run(_runyard(), "lint", str(file)), STARTS)
    bare = median_seconds(lambda: _run(sys.executable, "-c", "pass"), STARTS)
    return Figure(
        "`runyard lint` of one small file",
        f"{took * 1000:.0f} ms",
        f"`python -c pass` {bare * 1000:.0f} ms",
        f"{took / bare:.1f} ×",
        "≤ 250 ms",
        took <= 0.25,
    )


def _runyard() -> str:
    return str(Path(sys.executable).with_name("runyard"))


def _run(*command: str, cwd: Path | None = None) -> str:
    """Run a command; its output. Findings, status 1, are no failure here."""
    done = subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, check=False, text=True)
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return done.stdout
