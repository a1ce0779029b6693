from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runyard.runner.problem_matchers import MatcherError, ProblemMatchers, read_matchers
from tests.runner.bench import Bench

GCC = {"regexp": r"^(.+):(\d+):(\d+): (error|warning): (.+)$", "file": 1, "line": 2, "column": 3, "severity": 4}
SINGLE = {"owner": "gcc", "pattern": [{**GCC, "message": 5}]}
LOOP = {
    "owner": "eslint",
    "severity": "warning",
    "pattern": [
        {"regexp": r"^(\S+\.js)$", "file": 1},
        {"regexp": r"^\s+(\d+)\s+(error)?\s*(?<text>.+)$", "line": 1, "severity": 2, "message": 3, "loop": True},
    ],
}


def matchers(tmp_path: Path, *configs: dict[str, Any]) -> ProblemMatchers:
    made = ProblemMatchers(str(tmp_path))
    for number, config in enumerate(configs):
        (tmp_path / f"m{number}.json").write_text(json.dumps({"problemMatcher": [config]}))
        made.add(f"m{number}.json")
    return made


def test_single_pattern_ignores_colours_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "a.c").touch()
    found = matchers(tmp_path, SINGLE)
    assert found.match("\x1b[31ma.c:3:4: warning: x\x1b[0m") == (
        "warning",
        "x",
        {"file": "a.c", "line": "3", "col": "4"},
    )
    assert found.match("../b.c:3:4: error: y") == ("error", "y", {"line": "3", "col": "4"})
    assert found.match("plain") is None


def test_several_patterns_with_a_loop(tmp_path: Path) -> None:
    (tmp_path / "a.js").touch()
    found = matchers(tmp_path, LOOP)
    lines = ["  1  error lost", "a.js", "  1  error one", "  2  two", "other", "  3  three"]
    assert [found.match(line) for line in lines] == [
        None,
        None,
        ("error", "one", {"file": "a.js", "line": "1"}),
        ("warning", "two", {"file": "a.js", "line": "2"}),
        None,
        None,
    ]


def test_same_owner_replaces_and_owners_are_removed(tmp_path: Path) -> None:
    found = matchers(tmp_path, SINGLE, {**SINGLE, "owner": "GCC", "pattern": [{"regexp": "(boom)", "message": 1}]})
    assert found.match("a.c:3:4: error: x") is None
    assert found.match("boom") == ("error", "boom", {})
    found.remove("gcc")
    assert found.match("boom") is None
    found.add("m0.json")
    found.remove_file("m1.json")
    assert found.match("a.c:3:4: error: x") is None


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"problemMatcher": []},
        {"problemMatcher": [{"pattern": [{"regexp": "(x)", "message": 1}]}]},
        {"problemMatcher": [{"owner": "a", "pattern": []}]},
        {"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "x", "file": 0}]}]},
        {"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x", "message": 1}]}]},
        {"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "x", "message": 1}]}]},
        {"problemMatcher": [{"owner": "a", "severity": "fatal", "pattern": [{"regexp": "x", "message": 0}]}]},
        {"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "x", "message": 0, "loop": True}]}]},
        {"problemMatcher": [SINGLE, SINGLE]},
    ],
)
def test_wrong_configurations(config: dict[str, Any]) -> None:
    with pytest.raises(MatcherError):
        read_matchers(config)


def test_matchers_of_a_job_live_until_they_are_removed(bench: Bench) -> None:
    config = json.dumps({"problemMatcher": [SINGLE]}).replace("'", "''")
    bench.run(
        f"""
        steps:
          - run: |
              touch a.c; cat > m.json <<'END'
              {config}
              END
              echo "::add-matcher::m.json"
          - run: "echo 'a.c:3:4: error: bad'"
          - run: "echo '::remove-matcher owner=gcc::'; echo 'a.c:3:4: error: fine'"
          - run: echo "::add-matcher::none.json"
        """
    )
    assert bench.output_rows[:3] == [
        "a.c:3:4: error: bad",
        "::error file=a.c,line=3,col=4::bad",
        "a.c:3:4: error: fine",
    ]
    assert bench.conclusions == ["success", "success", "success", "failure"]
