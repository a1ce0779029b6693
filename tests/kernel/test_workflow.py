"""The order of needs and who depends on whom."""

from __future__ import annotations

from runyard.kernel.workflow import plan

SOURCE = """
on: push
jobs:
  last: {needs: [middle, first], runs-on: x, steps: [{run: a}]}
  middle: {needs: first, runs-on: x, steps: [{run: a}]}
  first: {runs-on: x, steps: [{run: a, name: One}]}
  alone: {runs-on: x, steps: [{run: a}], strategy: {matrix: {n: [1, 2]}}}
  late: {needs: first, runs-on: x, steps: [{run: a}], strategy: {matrix: {n: "${{ fromJSON(needs.first.outputs.n) }}"}}}
"""


def test_keys_come_after_what_they_need() -> None:
    assert plan("ci.yml", SOURCE).order == ("first", "middle", "last", "alone", "late")


def test_ancestors_and_dependents() -> None:
    found = plan("ci.yml", SOURCE)
    assert found.ancestors["last"] == {"middle", "first"}
    assert found.dependents(frozenset({"middle"})) == {"last"}
    assert found.dependents(frozenset({"first"})) == {"middle", "last", "late"}


def test_only_a_matrix_that_reads_needs_is_deferred() -> None:
    assert plan("ci.yml", SOURCE).deferred == {"late"}


def test_files_are_parsed_once() -> None:
    assert plan("ci.yml", SOURCE) is plan("ci.yml", SOURCE)
