"""Workflow files to measure the language with: typical, large, and as hostile as the limits allow."""

from __future__ import annotations

from collections.abc import Callable

MEBIBYTE = 1_048_576
NODES = 24_900
"""Pairs of one mapping, a little below the limit of nodes."""

_TYPICAL = """\
name: Build {n}
on:
  push:
    branches: [main, 'release/**']
    paths-ignore: ['docs/**', '**.md']
  pull_request:
    types: [opened, synchronize, reopened]
permissions:
  contents: read
concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true
env:
  LEVEL: {n}
  CACHE: ${{{{ github.repository }}}}/cache
jobs:
  test-{n}:
    runs-on: ${{{{ matrix.os }}}}
    timeout-minutes: 20
    strategy:
      fail-fast: false
      matrix:
        os: [ubuntu-latest, windows-latest]
        python: ['3.10', '3.11', '3.12']
        exclude:
          - os: windows-latest
            python: '3.10'
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: ${{{{ matrix.python }}}}
          cache: pip
      - name: Install
        run: |
          python -m pip install --upgrade pip
          pip install -r requirements-{n}.txt
      - name: Test
        id: test
        run: |
          pytest --level {n}
          echo "count=$(wc -l < report.txt)" >> "$GITHUB_OUTPUT"
        env:
          TOKEN: ${{{{ secrets.TOKEN_{n} }}}}
      - if: failure() && matrix.os == 'ubuntu-latest'
        uses: actions/upload-artifact@v4
        with:
          name: report-${{{{ matrix.python }}}}
          path: report.txt
  publish:
    needs: test-{n}
    if: github.event_name == 'push' && github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: ./publish.sh "$LEVEL"
        working-directory: tools/{n}
"""
_JOB = "jobs:\n  a:\n    runs-on: x\n    steps: [{run: x}]\n"


def typical(number: int) -> str:
    """A workflow of about 60 lines, a little different for each number."""
    return _TYPICAL.format(n=number)


def large() -> str:
    """A workflow of 1 MiB that looks like any other, within the limit of nodes."""
    script = "".join(f"          make target-{line}\n" for line in range(9))
    step = (
        "      - name: Step {n}\n        id: s{n}\n        if: github.ref == 'refs/heads/main'\n        run: |\n"
        + script
        + "        env:\n          VALUE: ${{{{ github.sha }}}}-{n}\n"
    )
    head = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    return _filled(head, lambda number: step.format(n=number), 4500)


def _filled(head: str, item: Callable[[int], str], count: int, tail: str = "", most: int = MEBIBYTE) -> str:
    """The head, as many items as `most` characters hold, `count` at most, and the tail."""
    parts, size = [head], len(head) + len(tail)
    for number in range(count):
        part = item(number)
        size += len(part)
        if size > most:
            break
        parts.append(part)
    return "".join((*parts, tail))


def _env(value: Callable[[int], str], most: int = MEBIBYTE) -> str:
    """A mapping `env` full of values."""
    return _filled("on: push\nenv:\n", lambda number: f"  A{number}: {value(number)}\n", NODES, _JOB, most)


def _expressions(part: str, most: int = MEBIBYTE) -> str:
    """Long expressions that repeat a part with an `||` after each, none like another."""
    return _env(lambda number: f"${{{{{part * (20_000 // len(part))}{number}}}}}", most)


def _steps(step: Callable[[int], str], count: int = 9000) -> str:
    """A job full of steps."""
    head = "on: [pull_request_target, issue_comment]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    return _filled(head, lambda number: f"      - {{{step(number)}}}\n", count)


def _jobs(job: Callable[[int], str], count: int) -> str:
    return _filled("on: push\njobs:\n", lambda number: f"  j{number}: {{runs-on: x, {job(number)}}}\n", count)


def _step_aliases() -> str:
    steps = "".join(f"      - run: echo ${{{{ github.head_ref }}}} {number}\n" for number in range(15))
    jobs = "".join(f"  b{number}: {{runs-on: x, steps: *s}}\n" for number in range(850))
    return f"on: push\njobs:\n  a:\n    runs-on: x\n    steps: &s\n{steps}{jobs}"


def _alias_bomb() -> str:
    lines = ["  A0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"]
    lines += [f"  A{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40)]
    return f"on: push\nenv:\n{''.join(lines)}{_JOB}"


def _text_aliases() -> str:
    text = "x ${{ github.ref }} " * 900
    return _filled(f"on: push\nenv:\n  A: &a '{text}'\n", lambda number: f"  A{number}: *a\n", 280, _JOB)


def _calls() -> str:
    call = f"format('{''.join(f'{{{index}}}' for index in range(250))}',{','.join(['!0'] * 250)})"
    return _env(lambda number: f"${{{{{'||'.join([call] * 10)}||{number}}}}}")


def _bracketed(most: int = MEBIBYTE) -> str:
    return _env(lambda number: f"${{{{{'0&&(' * 3900}{number}{')' * 3900}}}}}", most)


def _nesting() -> str:
    depth = 45
    return _env(lambda number: "[" * depth + str(number) + "]" * depth if number < 500 else "x")


def _matrix() -> str:
    head = f"on: push\n{_JOB}    strategy:\n      matrix:\n        v: [1, 2]\n        w: [1, 2]\n"
    half = [
        "".join(f"          - {{v: {number}, w: {number}}}\n" for number in range(4500)) for _ in ("include", "exclude")
    ]
    return f"{head}        include:\n{half[0]}        exclude:\n{half[1]}"


def _rows() -> str:
    rows = "".join(f"          - {{v: {number}, w{number}: {number}}}\n" for number in range(8000))
    values = ",".join(map(str, range(250)))
    return f"on: push\n{_JOB}    strategy:\n      matrix:\n        v: [{values}]\n        include:\n{rows}"


def _faulty_steps() -> str:
    head = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    return _filled(head, lambda number: f"      - {{run: '${{{{ nope.x{number} }}}}', runs: x, uses: y}}\n", 6000)


HOSTILE: dict[str, Callable[[], str]] = {
    "steps by aliases": _step_aliases,
    "an alias bomb": _alias_bomb,
    "a long text by aliases": _text_aliases,
    "short expressions": lambda: _env(lambda number: "${{!0||!1||!2}}"),
    "chains": lambda: _expressions("!0||"),
    "bracketed chains": _bracketed,
    "negations": lambda: _expressions("!" * 48 + "0||"),
    "comparisons": lambda: _expressions("0" + "==0" * 40 + "||"),
    "orders": lambda: _expressions("0" + "<0" * 48 + "||"),
    "properties": lambda: _expressions("github" + ".a" * 48 + "||"),
    "alternating chains": lambda: _env(lambda number: f"${{{{{'0||0&&' * 3300}{number}}}}}"),
    "calls without number": lambda: _env(lambda number: f"${{{{{'case(0,0,0)||' * 1500}{number}}}}}"),
    "conditions": lambda: _steps(lambda number: f"run: x, if: 'always() && github.ref == {number}'"),
    "anchors": lambda: _filled("on: push\nenv:\n", lambda number: f"  A{number}: &a{number} x\n", NODES, _JOB),
    "indexes": lambda: _expressions("github" + "[github" * 40 + "]" * 40 + "||"),
    "wildcards": lambda: _expressions("github" + ".*" * 48 + "||"),
    "parentheses": lambda: _env(lambda number: f"${{{{{'(' * 10_000}{number}{')' * 10_000}}}}}"),
    "calls": _calls,
    "strings": lambda: _expressions("''||"),
    "mixed texts": lambda: _env(lambda number: "x ${{!1||!2||!3||!4||!5||!6||!7}}" * 200),
    "one mixed text": lambda: f"on: push\nenv:\n  A: {'${{1}}' * 174_000}\n{_JOB}",
    "an open expression": lambda: f"on: push\nenv:\n  A: ${{{{ {chr(39) * 1_000_000}\n{_JOB}",
    "needs of needs": lambda: _jobs(
        lambda n: f"needs: [{', '.join(f'j{other}' for other in range(max(0, n - 40), n))}], steps: [{{run: x}}]", 900
    ),
    "a chain of jobs": lambda: _jobs(lambda n: f"needs: {f'j{n - 1}' if n else '[]'}, steps: [{{run: x}}]", 4400),
    "keys": lambda: _env(lambda number: "v"),
    "repeated keys": lambda: _filled("on: push\nenv:\n", lambda number: "  same: v\n", NODES, _JOB),
    "faulty steps": _faulty_steps,
    "nested lists": _nesting,
    "a matrix": _matrix,
    "rows to include": _rows,
    "calls of workflows": lambda: _filled(
        "on: push\njobs:\n", lambda n: f"  j{n}: {{uses: a/b/.github/workflows/x{n}.yml@v1}}\n", 9900
    ),
    "filters": lambda: _filled("on:\n  push:\n    branches:\n", lambda n: f"      - 'a{n}/**[a-z]+?b'\n", 24_000, _JOB),
    "schedules": lambda: _filled(
        "on:\n  schedule:\n", lambda n: f"    - cron: '{n % 60} {n % 24} 1-31/2 * *'\n", 12_000, _JOB
    ),
    "texts in many scripts": lambda: _env(lambda number: f"{chr(0x4E00 + number % 20_000)}\U0001f600"),
    "a long list": lambda: f"on: push\nenv:\n  A: [{','.join(['x'] * 49_000)}]\n{_JOB}",
    "an open list": lambda: f"on: push\nenv:\n  A: {'[' * 500_000}\n{_JOB}",
    "a plain text": lambda: f"on: push\nname: {'word ' * 200_000}\n{_JOB}",
    "lines of a plain text": lambda: f"on: push\nname:\n{'  word' + chr(10)}{('  w' + chr(10)) * 250_000}{_JOB}",
    "comments": lambda: f"on: push\n{('#' + chr(10)) * 500_000}{_JOB}",
    "a script": lambda: (
        f"on: push\n{_JOB.replace('[{run: x}]', '')}    - run: |\n{('        ls|sh>x;' + chr(10)) * 60_000}"
    ),
}
"""The worst that is known for each part of the reader, by what it is."""

LINTED = 262_000
"""Characters of expressions, a little below what lint takes."""

_TEXT = "${{ github.head_ref }}"


def _script(part: str, first: str = f"echo {_TEXT}", indent: str = "        ") -> str:
    """One long script: a beginning, and a part of it again and again."""
    head = (
        "on: [pull_request_target, workflow_run]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n    - run: |\n"
    )
    part = part.replace("\n", "\n" + indent)
    return f"{head}{indent}{first}{part * (1_040_000 // len(part))}\n"


def _tainted_variable() -> str:
    head = f"on: push\nenv:\n  A: '{'${{ env.B }}' * 10_000}'\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    return _filled(head, lambda number: f"      - run: echo ${{{{ env.A }}}} {number}\n", 7000)


def _own_calls() -> str:
    """A workflow that calls itself, with inputs."""
    head = _filled("on:\n  workflow_call:\n    inputs:\n", lambda n: f"      i{n}: {{type: string}}\n", 2500)
    steps = "".join(f"      - run: echo ${{{{ inputs.i{number} }}}}\n" for number in range(2500))
    calls = "".join(f"  j{n}: {{uses: ./.github/workflows/a.yml, with: {{i{n}: x}}}}\n" for n in range(2500))
    return f"{head}jobs:\n  s:\n    runs-on: x\n    steps:\n{steps}{calls}"


def _guarded_checkouts() -> str:
    tests = "github.event_name == 'push' || " * 650
    head = f"on: [pull_request_target]\njobs:\n  a:\n    runs-on: x\n    if: {tests}true\n    steps:\n"
    step = "      - {uses: actions/checkout@v4, with: {ref: '${{ github.head_ref }}'}}\n"
    return _filled(head, lambda number: step, 6000)


HOSTILE_TO_LINT: dict[str, Callable[[], str]] = {
    **HOSTILE,
    "few short expressions": lambda: _env(lambda number: "${{!0||!1||!2}}", LINTED),
    "few chains": lambda: _expressions("!0||", LINTED),
    "few bracketed chains": lambda: _bracketed(LINTED),
    "few negations": lambda: _expressions("!" * 48 + "0||", LINTED),
    "few comparisons": lambda: _expressions("0" + "==0" * 40 + "||", LINTED),
    "few wildcards": lambda: _expressions("github" + ".*" * 48 + "||", LINTED),
    "few strings": lambda: _expressions("''||", LINTED),
    "few mixed texts": lambda: _env(lambda number: "x ${{!1||!2||!3||!4||!5||!6||!7}}" * 200, LINTED),
    "few orders": lambda: _expressions("0" + "<0" * 48 + "||", LINTED),
    "few JSON texts": lambda: _env(lambda number: "${{ fromJSON('[" + '{"a":1},' * 2300 + "1]').a }}", LINTED),
    "few patterns": lambda: _env(
        lambda number: "${{ format('" + "x" * 19_000 + "'," + ",".join("1" * 254) + ") }}", LINTED
    ),
    "few escapes": lambda: (
        f'on: push\nenv:\n  A: "{chr(92)}x41{"${{ x }}" * 20_000}{(chr(92) + "x41") * 200_000}"\n{_JOB}'
    ),
    "few paths": lambda: _expressions("env.a.b||", LINTED),
    "one text of few expressions": lambda: f"on: push\nenv:\n  A: {'${{1}}' * 43_000}\n{_JOB}",
    "secrets": lambda: _steps(lambda number: f"run: 'echo ${{{{secrets.A{number}}}}}'"),
    "tainted scripts": lambda: _steps(lambda number: f"run: 'echo {_TEXT} {number}'"),
    "a chain of outputs": lambda: _steps(
        lambda n: f"id: s{n}, run: 'echo \"x=${{{{steps.s{n + 1}.outputs.x}}}}\" >> $GITHUB_OUTPUT'"
    ),
    "a chain of variables": lambda: _env(lambda number: f"'${{{{ env.A{number + 1} }}}}'", 420_000),
    "unknown properties": lambda: _steps(lambda number: f"run: '${{{{steps.s{number}x.outputs}}}}', id: s{number}"),
    "unknown actions": lambda: _steps(lambda number: f"uses: a{number}/b@main, with: {{x{number}: y}}", 5000),
    "unknown needs": lambda: _jobs(lambda n: f"needs: [x{n}, y{n}], steps: [{{run: x}}]", 3200),
    "unexpected keys": lambda: _filled("on: push\njobs:\n  a:\n", lambda n: f"    steps{n}:\n", NODES),
    "a repeated unexpected key": lambda: _filled("on: push\njobs:\n  a:\n", lambda n: "    matrix:\n", NODES),
    "many inputs": lambda: _filled(
        "on:\n  workflow_call:\n    inputs:\n", lambda n: f"      i{n}: {{type: nope{n}}}\n", 8000, _JOB
    ),
    "one bad filter": lambda: f"on:\n  push:\n    branches: ['{'[z-a]' * 200_000}']\n{_JOB}",
    "comments that silence": lambda: _filled(
        "on: push\nenv:\n", lambda n: f"  A{n}: '${{{{ x }}}}' # runyard-lint: ignore[a{n}]\n", 17_000, _JOB
    ),
    "conditions that are always true": lambda: _steps(lambda n: f"run: x, if: 'a ${{{{ true }}}}{n}'"),
    "misspelt steps": lambda: _filled(
        _steps(lambda n: f"run: x, id: step{n}", 3000), lambda n: f"      - {{run: '${{{{steps.stp{n}.x}}}}'}}\n", 6000
    ),
    "a tainted variable": _tainted_variable,
    "calls of itself": _own_calls,
    "guarded checkouts": _guarded_checkouts,
    "a script that prints": lambda: _script("echo &"),
    "a script that fetches": lambda: _script("wget "),
    "a script of quotes": lambda: _script('"'),
    "a script of substitutions": lambda: _script("<("),
    "a script of comments": lambda: _script("# \n", f"echo {_TEXT}" * 50),
    "a script of open expressions": lambda: _script("${{", _TEXT),
    "a script of one word": lambda: _script("a", f"{_TEXT} GITHUB_OUTPUT "),
    "many variables in a script": lambda: (
        f"on: push\n{_JOB.replace('[{run: x}]', '')}    - run: |\n" + ("        echo $A$B >> $GITHUB_ENV\n" * 25_000)
    ),
}
"""What is also bad for lint: expressions as many as it takes, and much to find."""
