"""What `--fix` makes of scripts, and that it leaves their meaning."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.cli.linting.fixing import repair
from runyard.language import parse
from runyard.language.lint.engine import lint
from runyard.language.lint.finding import Finding
from runyard.language.lint.security import RULES

FIXES = sorted((Path(__file__).parent / "fixes").glob("*.yml"))
PATH = ".github/workflows/a.yml"
X = "${{ github.head_ref }}"


def fixed(text: str) -> str:
    return repair({PATH: text}, lambda files: lint(files, rules=RULES))[0][PATH]


def found(text: str) -> list[Finding]:
    return [each for each in lint({PATH: text}, rules=RULES) if each.rule == "template-injection"]


@pytest.mark.parametrize("path", FIXES, ids=lambda path: str(path.stem))
def test_fixed_files(path: Path) -> None:
    result = fixed(path.read_text(encoding="utf-8"))
    assert result == path.with_suffix(".fixed").read_text(encoding="utf-8")
    assert fixed(result) == result
    assert parse(result).workflow is not None


def test_line_ends_and_byte_order_mark_stay() -> None:
    lines = [
        "\ufeffon: pull_request",
        "jobs:",
        "  a:",
        "    runs-on: ubuntu-latest",
        "    steps:",
        f"      - run: echo {X}",
    ]
    text = "".join(f"{line}\r\n" for line in lines)
    result = fixed(text)
    assert result.startswith("\ufeffon: pull_request\r\n")
    assert result.count("\n") == result.count("\r\n")
    assert '        run: echo "${HEAD_REF}"\r\n' in result


PIECES = [
    f"echo a {X} b",
    f"echo a{X}b",
    f'echo "a {X} b"',
    f"echo 'a {X} b'",
    f'echo "say \\"{X}\\""',
    f"x={X}; echo $x",
    f'x="{X}"; echo "$x"',
    f"echo $(echo {X})",
    f'echo "$(echo "in {X}")"',
    f"echo `echo {X}`",
    f'echo "`echo {X}`"',
    f"# comment {X} \" '",
    f"[ {X} = word ] && echo same",
    f"[[ {X} == w* ]] && echo matches",
    f"case {X} in word) echo in;; esac",
    f"cat <<EOF\n{X} \" ' `echo x`\nEOF",
    f"cat <<'EOF'\n{X}\nEOF",
    f"cat <<-EOF; echo {X}\n\tindented {X}\n\tEOF",
    f'echo "${{Y:-{X}}}" ${{Y:-{X}}}',
    f"echo $'a {X}'",
    f"echo \\{X}",
    f'f() {{ echo "$1" {X}; }}; f 1',
    f"( echo {X} )",
    f"echo {{a,{X}}}",
    f"cat <<< {X}",
    'echo "it\'s" \'a "quote"\'',
    "echo plain # it's",
    "if true; then",
    "fi",
    "echo ${#HOME} >/dev/null",
]


def script_of(text: str) -> tuple[str, dict[str, str]]:
    """The script of the only step, with what the runner would put in, and the variables of its `env`."""
    workflow = parse(text).workflow
    assert workflow is not None
    step = workflow.jobs["a"].steps[0]
    run = step.run if isinstance(step.run, str) else step.run.text if step.run else ""
    return run.replace(X, "word"), dict.fromkeys(step.env, "word")


def outcome(script: str, variables: dict[str, str]) -> tuple[int, str]:
    bash = shutil.which("bash")
    assert bash, "bash is needed"
    done = subprocess.run(
        [bash, "-e", "-c", script],
        env={"PATH": os.environ["PATH"], "HOME": "/", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5))
def test_a_fixed_script_does_the_same(pieces: list[str]) -> None:
    script = "".join(f"          {line}\n" for piece in pieces for line in piece.split("\n"))
    text = f"on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{script}"
    result = fixed(text)
    assert fixed(result) == result
    assert len(found(result)) <= len(found(text))
    if result != text:
        assert outcome(*script_of(result)) == outcome(*script_of(text))
