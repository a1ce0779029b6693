"""Random workflow files, each made from its own number; few enough that the kernel keeps them all once parsed.

They have needs, matrices (also from outputs), conditions, concurrency groups, calls of each other and jobs that nobody
can run.
"""

from __future__ import annotations

import functools
from random import Random

FILES = 240
CALLED = {f"./.github/workflows/called-{depth}.yml": depth for depth in (1, 2)}
"""Reusable workflows by reference; the first calls the second."""

_LABELS = ("linux", "mac", "nobody")
_CONDITIONS = (
    "always()",
    "failure()",
    "cancelled()",
    "'!cancelled()'",
    "false",
    "github.actor == 'ada'",
    "always() && contains(toJSON(needs), 'failure')",
    "failure() || cancelled()",
    "fromJSON('oops')",
)
_MATRICES = ("{n: [1, 2, 3]}", "{n: [1, 2], os: [a, b]}", "{n: [1], include: [{n: 5}, {n: 6, deep: {a: [1, x]}}]}")
_DYNAMIC = "{n: \"${{ fromJSON(needs.%s.outputs.m || '[7, 8]') }}\"}"
_GROUPS = ("{group: one}", "{group: two, cancel-in-progress: true}", "{group: '${{ github.ref }}', queue: max}")


@functools.cache
def workflow(number: int) -> str:
    """The text of file `number`, 0 ≤ number < FILES."""
    random = Random(f"workflow {number}")
    head = ["on: push"]
    if random.random() < 0.3:
        head.append(f"concurrency: {random.choice(_GROUPS)}")
    return _file(random, head, random.choice((1, 1, 2, 2, 3, 4, 6)), call=next(iter(CALLED)))


@functools.cache
def called() -> dict[str, str]:
    """The texts of the reusable workflows by reference."""
    references = [*CALLED, ""]
    texts = {}
    for reference, depth in CALLED.items():
        head = ["on:", "  workflow_call:", "    outputs:", "      m: {value: '${{ jobs.k0.outputs.m }}'}"]
        texts[reference] = _file(Random(f"called {depth}"), head, 2, call=references[depth])
    return texts


def _file(random: Random, head: list[str], count: int, *, call: str) -> str:
    keys = [f"k{index}" for index in range(count)]
    lines = [*head, "jobs:"]
    for index, key in enumerate(keys):
        lines += _job(random, key, keys[:index], call)
    return "\n".join(lines) + "\n"


def _job(random: Random, key: str, before: list[str], call: str) -> list[str]:
    needs = random.sample(before, min(len(before), random.choice((0, 1, 1, 2))))
    lines = [f"  {key}:", f"    needs: [{', '.join(needs)}]"]
    if random.random() < 0.25:
        lines.append(f"    if: {random.choice(_CONDITIONS)}")
    if random.random() < 0.15:
        lines.append(f"    concurrency: {random.choice(_GROUPS)}")
    lines += _strategy(random, needs)
    if call and random.random() < 0.15:
        return [*lines, f"    uses: {call}"]
    lines.append(f"    runs-on: {random.choices(_LABELS, (60, 20, 1))[0]}")
    if random.random() < 0.15:
        lines.append("    continue-on-error: true")
    if random.random() < 0.2:
        lines.append("    timeout-minutes: 3")
    lines += ["    outputs:", "      m: ${{ steps.a.outputs.m }}"]
    lines += ["    steps: [{id: a, run: a}, {run: b}, {if: always(), run: c}]"]
    return lines


def _strategy(random: Random, needs: list[str]) -> list[str]:
    if random.random() < 0.65:
        return []
    matrix = _DYNAMIC % needs[0] if needs and random.random() < 0.5 else random.choice(_MATRICES)
    lines = ["    strategy:", f"      matrix: {matrix}", f"      fail-fast: {str(random.random() < 0.5).lower()}"]
    if random.random() < 0.4:
        lines.append(f"      max-parallel: {random.choice((1, 2))}")
    return lines
