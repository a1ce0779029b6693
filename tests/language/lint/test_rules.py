"""Workflows in `data/<rule>` beside what that rule finds in them, and repositories in `data/projects`."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.language.lint.engine import lint
from runyard.language.lint.registry import LANGUAGE_RULES

DATA = Path(__file__).parent / "data"
FILES = sorted(path for path in DATA.glob("*/*.yml") if path.parent.name not in ("projects", "clean"))
PROJECTS = sorted((DATA / "projects").iterdir())
RULES = {rule.name: rule for rule in LANGUAGE_RULES}


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_rule_finds_what_is_written_beside_the_file(path: Path) -> None:
    found = lint({path.name: path.read_text(encoding="utf-8")}, rules=[RULES[path.parent.name]])
    shown = [f"{each.line}:{each.column} {each.severity}: {each.message}" for each in found]
    assert shown == lines(path.with_suffix(".expected"))


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda path: str(path.name))
def test_files_are_checked_together(folder: Path) -> None:
    files = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".yml", ".yaml")
    }
    found = lint(files, is_whole=True, rules=LANGUAGE_RULES)
    assert [str(each) for each in found] == lines(folder / "expected.txt")


@pytest.mark.parametrize("path", sorted((DATA / "clean").glob("*.yml")), ids=lambda path: str(path.stem))
def test_good_workflows_are_clean(path: Path) -> None:
    found = lint({path.name: path.read_text(encoding="utf-8")}, rules=LANGUAGE_RULES)
    assert [str(each) for each in found] == []


def test_every_rule_has_cases() -> None:
    folders = {path.name for path in DATA.iterdir()} - {"projects", "clean"}
    assert folders == set(RULES)
