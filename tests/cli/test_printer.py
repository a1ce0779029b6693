"""Journal events as terminal lines."""

from __future__ import annotations

import click
import pytest

from runyard.cli.printer import Printer

EVENTS = [
    {"type": "attempt_created", "at": 0, "attempt": 1, "triggered_by": "ada"},
    {"type": "job_created", "at": 0, "attempt": 1, "job": 1, "name": "build", "status": 7},
    {"type": "job_created", "at": 0, "attempt": 1, "job": 2, "name": "deploy", "status": 7},
    {"type": "job_status_changed", "at": 0, "attempt": 1, "job": 1, "status": 5},
    {"type": "task_created", "at": 1000, "attempt": 1, "job": 1, "task": 1, "steps": ["Run make"]},
    {"type": "job_status_changed", "at": 1000, "attempt": 1, "job": 1, "status": 6},
    {"type": "step_changed", "at": 2500, "job": 1, "step": 0, "status": 2, "started": 1000, "stopped": 2500},
    {"type": "job_status_changed", "at": 3000, "attempt": 1, "job": 1, "status": 2, "cause": "lost contact"},
    {"type": "job_status_changed", "at": 3000, "attempt": 1, "job": 2, "status": 4},
    {"type": "run_status_changed", "at": 3000, "status": 2},
    {"type": "something_new", "at": 3000},
]


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer()
    for event in EVENTS:
        printer.show(event)
    printer.line(1, "##[error]boom")
    printer.line(1, "##[endgroup]")
    printer.line(2, "plain")
    lines = [click.unstyle(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "● build running",
        "  ✗ build › Run make 1.5s",
        "✗ build failure: lost contact 2.0s",
        "– deploy skipped",
        " build │ boom",
        "deploy │ plain",
    ]
    assert printer.status == "failure"


def test_diagnostics_name_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    item = {"path": "ci.yml", "line": 3, "column": 5, "severity": "error", "message": "Unexpected value 'x'"}
    Printer().show({"type": "run_created", "diagnostics": [item]})
    assert click.unstyle(capsys.readouterr().out) == "ci.yml:3:5: error: Unexpected value 'x'\n"


def test_a_snapshot_names_the_jobs_and_who_calls_them(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer()
    jobs = [
        {"job": 1, "name": "call", "status": 7, "calls": "./lib.yml", "caller": 0},
        {"job": 2, "name": "call / a", "status": 5, "calls": "", "caller": 1},
    ]
    printer.show({"type": "snapshot", "status": 5, "attempt": 1, "jobs": jobs})
    for at, job, status in ((0, 1, 6), (0, 2, 6), (2000, 2, 1), (2000, 1, 1)):
        printer.show({"type": "job_status_changed", "at": at, "attempt": 1, "job": job, "status": status})
    assert [click.unstyle(line) for line in capsys.readouterr().out.splitlines()] == [
        "● call / a running",
        "✓ call / a success 2.0s",
        "✓ call success 2.0s",
    ]
