"""Every rule has a page in docs/lint, and the examples there do what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runyard.language.lint.engine import lint
from runyard.language.lint.registry import RULES
from runyard.language.lint.rule import Rule

PAGES = Path(__file__).parents[3] / "docs/lint"
BLOCK = re.compile(r"```yaml\n(.*?)```", re.S)
FILE = re.compile(r"^# file: (\S+)\n", re.M)


def example(page: str, heading: str) -> dict[str, str]:
    """The files in the first block under a heading."""
    found = BLOCK.search(page, page.index(f"\n## {heading}\n"))
    assert found, f"no example under {heading}"
    parts = FILE.split(found[1])
    if len(parts) == 1:
        return {".github/workflows/example.yml": parts[0]}
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def names_found(files: dict[str, str], *rules: Rule) -> set[str]:
    return {finding.rule for finding in lint(files, is_whole=True, rules=rules or RULES)}


def test_pages_and_rules_agree() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == {rule.name for rule in RULES}
    assert len(RULES) == len(pages)


def test_the_table_is_complete() -> None:
    table = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([\w-]+)\]\(([\w-]+)\.md\) \| (\w+) \| (.*) \|$", table, re.M)
    assert rows == [(rule.name, rule.name, rule.severity, rule.summary) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))
def test_examples(rule: Rule) -> None:
    page = (PAGES / f"{rule.name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {rule.name}\n\n{rule.summary}\n")
    assert rule.name in names_found(example(page, "Bad"), rule)
    assert rule.name not in names_found(example(page, "Good"), rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))
def test_good_examples_have_no_mistakes(rule: Rule) -> None:
    page = (PAGES / f"{rule.name}.md").read_text(encoding="utf-8")
    found = lint(example(page, "Good"), is_whole=True)
    assert [str(each) for each in found if each.severity == "error"] == []
