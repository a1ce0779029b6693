"""Which secrets reach a job."""

from __future__ import annotations

import pytest

from runyard.kernel.assignment import assignment
from runyard.kernel.fields import Unusable
from runyard.kernel.secrets import resolve
from tests.kernel.scenario import Scenario
from tests.kernel.test_calling import CALLED, DEEPER, call, calls

AVAILABLE = {"key": "k", "OTHER": "o", "GITHUB_TOKEN": "t"}
TAKES = "on: {workflow_call: {secrets: {one: null, two: null}}}\njobs: {only: {runs-on: x, steps: [{run: a}]}}"


def secrets_of(scenario: Scenario, name: str) -> dict[str, str]:
    """What a job of the run gets of AVAILABLE."""
    return resolve(assignment(scenario.run, 1, scenario.job(name).number).secrets, AVAILABLE)


@pytest.mark.parametrize(
    ("secrets", "expected"),
    [
        ("", {}),
        ("secrets: inherit", {"KEY": "k", "OTHER": "o"}),
        ("secrets: {one: '${{ secrets.KEY }}-${{ matrix.n }}', two: plain}", {"ONE": "k-7", "TWO": "plain"}),
        ("secrets: {one: '${{ secrets.MISSING }}'}", {}),
    ],
)
def test_a_call_passes_on_what_it_says(secrets: str, expected: dict[str, str]) -> None:
    scenario = calls(call("lib", f"strategy: {{matrix: {{n: [7]}}}}, {secrets}"), TAKES)
    assert secrets_of(scenario, "lib (7) / only") == {**expected, "GITHUB_TOKEN": "t"}


def test_jobs_of_the_runs_own_file_get_all() -> None:
    scenario = Scenario("on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}")
    assert secrets_of(scenario, "a") == {"KEY": "k", "OTHER": "o", "GITHUB_TOKEN": "t"}


def test_what_is_not_passed_on_again_does_not_go_further_down() -> None:
    middle = (
        "on: {workflow_call: {secrets: {one: null, two: null}}}\njobs:\n"
        + call("none", called=DEEPER)
        + call("all", "secrets: inherit", DEEPER)
        + call("some", "secrets: {two: '${{ secrets.one }}'}", DEEPER)
    )
    scenario = calls(call("lib", "secrets: {one: '${{ secrets.key }}', two: b}"), middle, TAKES)
    token = {"GITHUB_TOKEN": "t"}
    assert secrets_of(scenario, "lib / none / only") == token
    assert secrets_of(scenario, "lib / all / only") == {"ONE": "k", "TWO": "b", **token}
    assert secrets_of(scenario, "lib / some / only") == {"TWO": "k", **token}


def test_a_mistake_does_not_show_a_secret() -> None:
    scenario = Scenario(
        f"on: push\njobs: {{lib: {{uses: {CALLED}, secrets: {{one: '${{{{ fromJSON(secrets.KEY) }}}}'}}}}}}",
        called={CALLED: TAKES},
    )
    with pytest.raises(Unusable, match=r"^'secrets' of job 'lib' cannot be evaluated$"):
        secrets_of(scenario, "lib / only")
