"""Faulty files beside the diagnostics they must give: `data/errors` as a server reads, `data/strict` as editors do."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.language import Limits, parse

DATA = Path(__file__).parent / "data"
FILES = sorted(path for folder in ("errors", "strict") for path in (DATA / folder).glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_expected_diagnostics(path: Path) -> None:
    result = parse(path.read_text(encoding="utf-8"), path.name, strict=path.parent.name == "strict")
    found = [f"{each.line}:{each.column} {each.code}: {each.message}" for each in result.diagnostics]
    assert found == path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert result.workflow is None
    assert {each.path for each in result.diagnostics} == {path.name}


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("path", sorted((DATA / "clean").glob("*.yml")), ids=lambda path: str(path.stem))
def test_clean_files(path: Path, strict: bool) -> None:
    result = parse(path.read_text(encoding="utf-8"), path.name, strict=strict)
    assert result.diagnostics == ()
    assert result.workflow is not None


def test_text_form() -> None:
    first = parse("on: push\njobs:\n  a:\n    runs_on: x\n", ".github/workflows/a.yml").diagnostics[0]
    assert str(first) == ".github/workflows/a.yml (Line: 4, Col: 5): Unexpected value 'runs_on'"
    assert str(parse("", "b.yml").diagnostics[0]) == "b.yml: The file is empty: expected a mapping"


def test_only_the_first_errors_are_kept() -> None:
    jobs = "".join(f"  j{number}: {{}}\n" for number in range(30))
    assert len(parse(f"on: push\njobs:\n{jobs}").diagnostics) == 10
    assert len(parse(f"on: push\njobs:\n{jobs}", limits=Limits(errors=25)).diagnostics) == 25


def test_long_messages_are_cut() -> None:
    message = parse(f"on: push\npermissions: {'x' * 2000}\njobs: {{}}\n").diagnostics[0].message
    assert message.endswith("x[...]")
    assert len(message) == 500 + len("[...]")
