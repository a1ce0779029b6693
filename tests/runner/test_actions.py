from __future__ import annotations

import textwrap

from tests.runner.bench import Bench

GREET = """
mkdir -p act; cat > act/action.yml <<'EOF'
name: greet
inputs:
  who: {default: "${{ '${{ github.actor }}' }}"}
  old: {deprecationMessage: use who}
outputs:
  text: {value: "${{ '${{ steps.say.outputs.text }}' }}"}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: |
        echo "hi ${{ '${{ inputs.who }}' }} $OUTER $INNER ${{ '${{ github.action_status }}' }}."
        echo "text=done" >> $GITHUB_OUTPUT
        echo "LEAKED=1" >> $GITHUB_ENV
        test -f "$GITHUB_ACTION_PATH/action.yml"
      env: {INNER: inner}
    - run: ${{ '${{ inputs.fail || ''true'' }}' }}
      shell: bash
    - run: echo only on failure
      if: failure()
      shell: bash
EOF
"""


def job(*steps: str) -> str:
    made = "  - run: |\n" + textwrap.indent(GREET.strip(), "      ")
    return "\n".join(["steps:", made, *(f"  - {step}" for step in steps)])


def test_local_composite_action(bench: Bench) -> None:
    bench.run(
        job(
            "{id: a, uses: ./act, env: {OUTER: outer}, with: {WHO: you, extra: x}}",
            "run: echo ${{ steps.a.outputs.text }} $LEAKED ${{ steps.say.outputs.text }}. ${{ github.action_path }}.",
        ),
    )
    assert bench.conclusion == "success", bench.recorder.text
    assert "hi you outer inner success." in bench.output_rows
    assert bench.output_rows[-1] == "done 1 . ."
    assert "##[warning]Unexpected input(s) 'extra', valid inputs are ['who', 'old']" in bench.recorder.rows
    assert "##[group]Run ./act" in bench.recorder.rows


def test_failing_composite_runs_its_cleanup_and_sets_its_outputs(bench: Bench) -> None:
    bench.run(
        job(
            "{id: a, uses: ./act, with: {fail: exit 4, old: x}, continue-on-error: true}",
            "run: echo ${{ steps.a.outputs.text }} ${{ steps.a.outcome }}",
        )
    )
    assert bench.conclusion == "success", bench.recorder.text
    assert "only on failure" in bench.output_rows
    assert "##[warning]Input 'old' has been deprecated with message: use who" in bench.recorder.rows
    assert bench.output_rows[-1] == "done failure"


def test_timeout_of_a_composite_step(bench: Bench) -> None:
    bench.run(job("{uses: ./act, with: {fail: sleep 60}, timeout-minutes: 0.005}"))
    assert bench.conclusions == ["success", "failure"], bench.recorder.text
    assert "has timed out after 0.005 minutes" in bench.recorder.text


def test_composite_actions_do_not_nest_for_ever(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - run: |
              mkdir act; echo '{"runs": {"using": "composite", "steps": [{"uses": "./act"}]}}' > act/action.yml
          - uses: ./act
        """
    )
    assert bench.conclusion == "failure"
    assert "Composite action depth exceeded max depth 9" in bench.recorder.text


def test_kinds_that_are_not_supported_say_so(bench: Bench) -> None:
    bench.run(
        """
        steps:
          - run: |
              mkdir js bad; echo '{"runs": {"using": "node20", "main": "x.js"}}' > js/action.yml
              echo '{"runs": {"using": "node3", "main": "x"}}' > bad/action.yml
          - {uses: ./js, if: always()}
          - {uses: ./bad, if: always()}
          - {uses: ./none, if: always()}
          - {uses: "docker://alpine", if: always()}
        """
    )
    assert bench.conclusions == ["success"] + ["failure"] * 4
    text = bench.recorder.text
    assert "./js is a JavaScript action" in text
    assert "not supported, use 'docker'" in text
    assert "Did you forget to run actions/checkout" in text
    assert "docker://alpine is a container action" in text
