"""Edits of a file's text, made from nodes. Whatever is not certain gives no edit."""

from __future__ import annotations

from functools import lru_cache

from runyard.language.lint.document import Document, Step
from runyard.language.lint.finding import Edit
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode


def replace_part(file: Document, node: ScalarNode, start: int, end: int, replacement: str) -> Edit | None:
    """Replace `node.source[start:end]`; None when it does not stand in the file literally."""
    expected = node.source[start:end]
    at = file.offset(file.place(node, start))
    if file.text[at : at + len(expected)] != expected:
        return None
    if node.style == '"' and set(replacement) & set('"\\'):
        return None
    if node.style == "'" and "'" in replacement:
        return None
    if not node.style and (start == 0 or "\n" in expected):
        return None
    return Edit(at, at + len(expected), replacement)


def add_to_env(file: Document, step: Step, lines: list[str]) -> Edit | None:
    """Put lines (`NAME: value`) into `env` of a step, which is made where it is absent.

    None when the step or the mapping is not written as a block.
    """
    existing = _key_of(step.node, "env")
    if existing is not None:
        first = _first_key(step.fields.get("env"))
        if first is None or first.line <= existing.line or first.column <= existing.column:
            return None
        return _insert(file, first, lines)
    anchor = _key_of(step.node, "run")
    if anchor is None or anchor.line < step.node.line:
        return None
    return _insert(file, anchor, ["env:", *(f"  {line}" for line in lines)])


def _key_of(node: MappingNode, name: str) -> ScalarNode | None:
    """The node of a key."""
    return next((key for key, _ in node.pairs if key.value == name), None)


def _first_key(node: Node | None) -> ScalarNode | None:
    return node.pairs[0][0] if isinstance(node, MappingNode) and node.pairs else None


def _insert(file: Document, before: ScalarNode, lines: list[str]) -> Edit | None:
    """Whole lines in front of a key, with its indentation; None unless the key begins its line (after `- `)."""
    if not _begins_line(file, before):
        return None
    at = file.offset(before)
    indent = " " * (before.column - 1)
    text = "".join(f"{line}{_line_break(file.text)}{indent}" for line in lines)
    return Edit(at, at, text)


def _begins_line(file: Document, key: ScalarNode) -> bool:
    if key.style or key.line > len(file.lines):
        return False
    line = file.lines[key.line - 1]
    before = line[: key.column - 1]
    written = line[key.column - 1 :].startswith(f"{key.source}:")
    return written and not before.replace("-", " ", 1).strip(" ") and "\t" not in before


@lru_cache(maxsize=4)
def _line_break(text: str) -> str:
    """How the lines of a file end."""
    return "\r\n" if "\r\n" in text else "\n"
