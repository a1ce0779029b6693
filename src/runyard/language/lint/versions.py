"""Which version of a public action a `uses` means, and what is known of that version."""

from __future__ import annotations

import re

from runyard.language.lint.data.popular_actions import PopularAction, major_version, popular_action
from runyard.language.lint.document import Document
from runyard.language.reader.nodes import Node, ScalarNode

_HASH = re.compile(r"@[0-9a-f]{40}(?:[0-9a-f]{24})?$")
_VERSION_COMMENT = re.compile(r"#\s*(?:\S{0,100}[@=:])?v?([0-9]{1,4})(?:\.[0-9]{1,9}){0,3}\s*$")


def major_of(document: Document, uses: Node | None) -> int | None:
    """The major version: that of the tag, or of the comment behind a commit hash (`# v4.1.2`). None for branches."""
    if not isinstance(uses, ScalarNode):
        return None
    if not _HASH.search(uses.source):
        return major_version(uses.source)
    line = document.lines[uses.line - 1] if uses.line <= len(document.lines) else ""
    comment = _VERSION_COMMENT.search(line, uses.column)
    return int(comment[1]) if comment else None


def known_action(document: Document, uses: Node | None) -> PopularAction | None:
    """What is known of that version of an action; None where nobody can say, as for a branch or a newer version."""
    known = popular_action(uses.source) if isinstance(uses, ScalarNode) else None
    major = major_of(document, uses) if known is not None else None
    return known if known is not None and major is not None and known.since <= major <= known.latest else None
