"""Reads the pages of docs/language: their examples and their tables."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runyard.language import Diagnostic, parse, parse_action

PAGES = Path(__file__).parents[2] / "docs/language"
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)
CODE = re.compile(r"`([^`]+)`")
JOB = "jobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


NAMES = sorted(path.stem for path in PAGES.glob("*.md"))


# --- what the pages hold ---


@dataclass(frozen=True)
class Example:
    """A yaml block: a workflow, completed with `on` and `jobs` where it shows none, or action metadata."""

    place: str
    text: str
    error: str = ""

    @property
    def is_action(self) -> bool:
        return re.search(r"^runs:", self.text, re.M) is not None

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        if self.is_action:
            return parse_action(self.text, strict=True).diagnostics
        return parse(self.text, strict=True).diagnostics


def examples_in(text: str, name: str) -> list[Example]:
    found = []
    for match in FENCE.finditer(text):
        if match[1] != "yaml":
            continue
        body, line = match[3], text.count("\n", 0, match.start()) + 1
        if not re.search(r"^runs:", body, re.M):
            body = body if re.search(r"^on:", body, re.M) else f"on: push\n{body}"
            body = body if re.search(r"^jobs:", body, re.M) else f"{body}{JOB}"
        found.append(Example(f"{name}.md:{line}", body, match[2].strip().removeprefix("error=")))
    return found


def cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return [part.strip().replace("\\|", "|") for part in parts]


def sections(name: str) -> dict[str, str]:
    """The parts of a page under headings that are code."""
    parts = re.split(r"^## `(\w+)`\n", page(name), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@dataclass(frozen=True)
class Row:
    """A row of a table, the JSON blocks above it by their label, and the yaml block above its table."""

    place: str
    cells: list[str]
    blocks: dict[str, Any]
    example: Example | None

    def code(self, column: int) -> str:
        return self.cells[column].removeprefix("`").removesuffix("`")

    def codes(self, column: int) -> list[str]:
        return CODE.findall(self.cells[column])


def rows(name: str, *header: str) -> list[Row]:
    """The rows of all tables of a page with that header."""
    text = page(name)
    blocks: dict[str, Any] = {}
    example = None
    found = []
    for part in re.finditer(rf"{FENCE.pattern}|^((?:\|[^\n]*\n)+)", text, re.M | re.S):
        if part[1] == "json":
            blocks = {**blocks, part[2].strip(): read_json(part[3])}
        elif part[1] == "yaml":
            (example,) = examples_in(part[0], name)
        elif part[4] and cells(part[4].splitlines()[0]) == list(header):
            line = text.count("\n", 0, part.start()) + 3
            for index, row in enumerate(part[4].splitlines()[2:]):
                found.append(Row(f"{name}.md:{line + index}", cells(row), blocks, example))
    assert found, f"{name}.md has no table | {' | '.join(header)} |"
    return found


def read_json(text: str) -> Any:
    return json.loads(text, parse_int=float)


def shown(value: Any) -> str:
    """A value in a form in which only equal values of equal kinds are equal."""
    return json.dumps(value, ensure_ascii=False, default=dict)
