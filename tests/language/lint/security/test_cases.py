"""Workflows in `data` beside what the security rules find in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.language.lint.engine import lint
from runyard.language.lint.security import RULES

FILES = sorted((Path(__file__).parent / "data").glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_findings(path: Path) -> None:
    found = lint({path.name: path.read_text(encoding="utf-8")}, rules=RULES)
    ignored = {"unpinned-uses", "dangerous-trigger", "excessive-permissions"} - {path.stem.removesuffix("-default")}
    shown = [
        f"{each.line}:{each.column} {each.severity} {each.rule}: {each.message}"
        for each in found
        if each.rule not in ignored
    ]
    assert shown == path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()


def test_together_each_finds_the_same() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in FILES}
    alone = [finding for name, text in files.items() for finding in lint({name: text}, rules=RULES)]
    assert sorted(map(str, lint(files, rules=RULES))) == sorted(map(str, alone))
