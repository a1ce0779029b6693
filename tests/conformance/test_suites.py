"""The language suites, where they are at hand: every scored suite keeps its level."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITES = ROOT.parent / "shared" / "conformance"
ADAPTER = Path(__file__).with_name("adapter.py")

TARGETS = {
    "workflow_reader": {"L1": 0.97, "L3": 0.90},
    "actionlint_err": {"L1": 0.90, "L2": 0.80},
    "ls_diagnostics": {"L1": 0.90, "L2": 0.80},
}
WHOLE = dict.fromkeys(("L1", "L2", "L3", "L4"), 1.0)
"""Shares of the cases that must be reached at a level; suites that are not named must pass whole."""


@pytest.mark.skipif(not SUITES.is_dir(), reason="the language suites are not part of the project")
def test_suites_keep_their_level(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    adapter = shlex.join([sys.executable, str(ADAPTER)])
    score, data = str(SUITES / "score.py"), str(SUITES / "visible")
    command = [sys.executable, score, data, "--report", str(report), "--adapter", adapter]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    missed = [
        f"{suite} {level}: {reached} of {scored}"
        for suite, result in json.loads(report.read_text()).items()
        if (scored := result["cases"] - result["skipped"])
        for level, reached in zip(("L1", "L2", "L3", "L4"), result["levels"], strict=True)
        if reached < TARGETS.get(suite, WHOLE).get(level, 0) * scored
    ]
    assert not missed, missed
