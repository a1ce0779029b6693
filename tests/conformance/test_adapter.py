"""The adapter as a program: a line in, a line out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ADAPTER = Path(__file__).with_name("adapter.py")
EXCHANGES: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"op": "evaluate", "expr": "+", "contexts": {"a": 1}},
     {"error": {"stage": "lexing", "message": "Unexpected symbol: '+'. Located at position 1 within expression: +"}}),
    ({"op": "evaluate", "expr": "b", "contexts": {"a": 1}},
     {"error": {"stage": "parsing", "message": "Unrecognized named-value: 'b'. Located at position 1 " +
      "within expression: b"}}),
    ({"op": "evaluate", "expr": "a[0]", "contexts": {"a": [{"$number": "-Infinity"}]}},
     {"kind": "Number", "value": {"$number": "-Infinity"}}),
    ({"op": "evaluate", "expr": "a", "contexts": {"a": {"b": [None, "é"]}}},
     {"kind": "Object", "value": {"b": [None, "é"]}}),
    ({"op": "expr_syntax", "expr": "a.b && c()"}, {"ok": True}),
    ({"op": "expr_syntax", "expr": "a &&"}, {"ok": False}),
    ({"op": "hash_files", "expr": "hashFiles('*.md')", "workspace": {"a.txt": "a"}}, {"kind": "String", "value": ""}),
    ({"op": "validate_glob", "pattern": "a b", "kind": "ref"}, {"ok": False}),
    ({"op": "match_filter", "patterns": ["*.md"], "inputs": ["a.md", "a.py"]},
     {"include_filter_runs": True, "ignore_filter_runs": True}),
    ({"op": "cron", "cron": "*/2 * * * *"}, {"ok": True, "too_frequent": True}),
    ({"op": "format_string", "format": "{1}"}, {"valid": True, "max_index": 1}),
    ({"op": "build_id", "segments": ["a", "b"]}, {"id": "a_b"}),
    ({"op": "check_name", "kind": "env-name", "name": "A=B"}, {"ok": False}),
    ({"op": "matrix", "strategy": {"matrix": {"a": [1, 2]}}},
     {"rows": [{"a": 1}, {"a": 2}], "max_parallel": 0, "fail_fast": True}),
    ({"op": "matrix", "strategy": {"matrix": {}}}, {"error": "Matrix must define at least one vector"}),
    ({"op": "lint", "files": {"a.yml": "on: push\njobs: {a: {runs-on: x, needs: b}, c: {runs-on: x}}\n"}},
     {"diagnostics": [{"file": "a.yml", "line": 2, "col": 31, "rule": "needs", "severity": "error",
                       "code": "unknown-job", "message": "Job 'a' depends on unknown job 'b'."}]}),
    ({"op": "make_tea"}, {"unsupported": True}),
]  # fmt: skip


def test_requests_are_answered_in_order() -> None:
    lines = "".join(json.dumps({**request, "id": str(n)}) + "\n" for n, (request, _) in enumerate(EXCHANGES))
    done = subprocess.run(
        [sys.executable, ADAPTER], input=lines, capture_output=True, text=True, check=True, timeout=60
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [answer for _, answer in EXCHANGES]
