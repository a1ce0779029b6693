"""`runyard lint` as a process: what it reads, prints, repairs, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import clean_environment

BAD = """on: pull_request
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.head_ref }}
      - uses: octo/tool@main
"""
FIXED = """on: pull_request
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - env:
          HEAD_REF: ${{ github.head_ref }}
        run: echo "${HEAD_REF}"
      - uses: octo/tool@main
"""
GOOD = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


def lint(
    folder: Path, *arguments: str, text: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runyard", "lint", *arguments],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=clean_environment() | (env or {}),
        check=False,
    )


def put(folder: Path, path: str, text: str) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one bad and one good workflow."""
    (tmp_path / ".git").mkdir()
    put(tmp_path, ".github/workflows/bad.yml", BAD)
    put(tmp_path, ".github/workflows/good.yaml", GOOD)
    return tmp_path


def test_text_shows_line_and_mark(repository: Path) -> None:
    done = lint(repository)
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()[6:]
    assert lines[0].startswith(".github/workflows/bad.yml:6:23: error: 'github.head_ref' is text that anybody outside")
    assert lines[0].endswith("[template-injection]")
    assert lines[2] == "6 |       - run: echo ${{ github.head_ref }}"
    assert lines[3] == "  |                       ^~~~~~~~~~~~~~~"
    assert lines[4].startswith("  = Pass it through env")
    assert lines[-1] == "1 error, 2 warnings in 2 files (--fix repairs 1)."


def test_clean_repository(tmp_path: Path) -> None:
    put(tmp_path, ".github/workflows/good.yml", GOOD)
    done = lint(tmp_path)
    assert (done.returncode, done.stdout) == (0, "Nothing found in 1 file.\n")


def test_json_is_a_list(repository: Path) -> None:
    done = lint(repository, "--format", "json", ".github/workflows/bad.yml")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(each["rule"], each["line"], each["column"], each["severity"]) for each in found] == [
        ("excessive-permissions", 3, 3, "warning"),
        ("template-injection", 6, 23, "error"),
        ("unpinned-uses", 7, 15, "warning"),
    ]
    members = ["file", "line", "column", "end_column", "severity", "rule", "code", "message", "hint", "fixable"]
    assert all(list(each) == members for each in found)
    assert {each["file"] for each in found} == {".github/workflows/bad.yml"}
    assert [each["fixable"] for each in found] == [False, True, False]


def test_files_keep_the_name_they_were_given(repository: Path) -> None:
    path = str(repository / ".github/workflows/bad.yml")
    found = json.loads(lint(repository.parent, "--format", "json", path).stdout)
    assert {each["file"] for each in found} == {path}


def test_sarif(repository: Path) -> None:
    log = json.loads(lint(repository, "--format", "sarif").stdout)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert len(run["results"]) == 3
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == ".github/workflows/bad.yml"
    injection = run["results"][1]
    assert injection["level"] == "error"
    region = injection["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 6, "startColumn": 23, "endColumn": 38}


def test_annotations(repository: Path) -> None:
    lines = lint(repository, "--format", "github").stdout.splitlines()
    start = "::error file=.github/workflows/bad.yml,line=6,col=23,endColumn=38,title=template-injection::"
    assert lines[1].startswith(start)
    assert "%0APass it through env" in lines[1]
    assert [line.split(" ")[0] for line in lines] == ["::warning", "::error", "::warning"]


def test_fix(repository: Path) -> None:
    file = repository / ".github/workflows/bad.yml"
    file.chmod(0o640)
    done = lint(repository, "--fix")
    assert done.stderr == "Fixed .github/workflows/bad.yml: Passed the value through env.\n"
    assert done.returncode == 0
    assert file.read_text(encoding="utf-8") == FIXED
    assert file.stat().st_mode & 0o777 == 0o640
    assert "template-injection" not in done.stdout
    again = lint(repository, "--fix")
    assert again.stderr == ""
    assert file.read_text(encoding="utf-8") == FIXED
    assert [path.name for path in file.parent.iterdir() if path.suffix not in (".yml", ".yaml")] == []


def test_standard_input(tmp_path: Path) -> None:
    done = lint(tmp_path, "-", "--format", "json", text=BAD)
    assert done.returncode == 1
    assert {each["file"] for each in json.loads(done.stdout)} == {"<stdin>"}
    steps = "  steps:\n    - run: echo ${{ inputs.x }}\n      shell: sh\n"
    action = f"name: a\ndescription: b\nruns:\n  using: composite\n{steps}"
    rules = {each["rule"] for each in json.loads(lint(tmp_path, "-", "--format", "json", text=action).stdout)}
    assert "syntax" not in rules
    refused = lint(tmp_path, "-", "--fix", text=BAD)
    assert refused.returncode == 2
    assert "--fix needs files" in refused.stderr


def test_severity_and_exit_status(repository: Path) -> None:
    assert lint(repository, "--severity", "error").stdout.count(".yml:") == 1
    assert lint(repository, "--no-security").returncode == 0
    (repository / ".github/workflows/bad.yml").write_text(FIXED, encoding="utf-8")
    assert lint(repository).returncode == 0
    strict = lint(repository, "--severity", "error", "--fail-on", "warning")
    assert strict.returncode == 1
    assert "unpinned-uses" in strict.stdout


def test_hidden_findings_are_counted(tmp_path: Path) -> None:
    put(tmp_path, ".github/workflows/a.yml", GOOD.replace("run: make", "uses: actions/checkout@v4"))
    assert lint(tmp_path).stdout == "Nothing found in 1 file (--severity info shows 1 more).\n"
    assert "1 note in 1 file." in lint(tmp_path, "--severity", "info").stdout


def test_settings(repository: Path) -> None:
    put(repository, ".runyard/lint.yml", "rules: {template-injection: off, unpinned-uses: error}\n")
    found = json.loads(lint(repository, "--format", "json").stdout)
    assert [(each["rule"], each["severity"]) for each in found if each["severity"] == "error"] == [
        ("unpinned-uses", "error")
    ]
    other = put(repository, "other.yml", "rules: {nothing: off}\n")
    found = json.loads(lint(repository, "--format", "json", "--config", str(other)).stdout)
    assert "template-injection" in {each["rule"] for each in found}
    assert [each["file"] for each in found if each["rule"] == "config"] == [str(other)]


def test_a_file_is_read_with_what_it_uses(repository: Path) -> None:
    put(repository, "tools/a/action.yml", "name: a\ndescription: b\ninputs: {x: {description: c, required: true}}\n"
        "runs:\n  using: composite\n  steps:\n    - run: make\n      shell: sh\n")  # fmt: skip
    put(repository, ".github/workflows/uses.yml", GOOD.replace("run: make", "uses: ./tools/a"))
    found = json.loads(lint(repository, "--format", "json", ".github/workflows/uses.yml").stdout)
    assert [each["rule"] for each in found if each["severity"] == "error"] == ["action-inputs"]


def test_folders(repository: Path) -> None:
    put(repository, "examples/x/one.yml", BAD)
    put(repository, "examples/node_modules/two.yml", BAD)
    found = json.loads(lint(repository, "--format", "json", "examples").stdout)
    assert {each["file"] for each in found} == {"examples/x/one.yml"}
    put(repository, ".github/dependabot.yml", "version: 2\n")
    found = json.loads(lint(repository, "--format", "json", ".github").stdout)
    assert {each["file"] for each in found} == {".github/workflows/bad.yml"}


def test_faulty_bytes_and_wide_characters(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b"on: push\nname: \xff\xfe\n")
    done = lint(tmp_path, "a.yml")
    assert done.returncode == 1
    assert "characters that are not Unicode text" in done.stdout
    put(tmp_path, "b.yml", BAD.replace("echo", "echo 漢字"))
    lines = lint(tmp_path, "b.yml", "--severity", "error").stdout.splitlines()
    assert lines[3].index("^") == lines[2].index("github.head_ref") + len("漢字")


def test_wrong_calls(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", "x")
    for arguments, text in ((["missing.yml"], "does not exist"), (["notes.txt"], "no workflow"), ([], "no workflow")):
        done = lint(tmp_path, *arguments)
        assert done.returncode == 2
        assert text in done.stderr
