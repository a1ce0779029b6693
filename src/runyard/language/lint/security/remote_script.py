"""Programs from the network that are run unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.scripts import all_steps
from runyard.language.reader.nodes import ScalarNode

_SHELL = r"(?:sudo\s+(?:-\S+\s+)*)?(?:env\s+\S+\s+)?(?:ba|z|da|k)?sh\b"
_PIPED = re.compile(
    rf"\b(?:curl|wget)\b[^\n|;]{{0,300}}+(?:\|[^\n;&|]{{0,100}}+){{0,3}}?\|\s*{_SHELL}"
    r"|\b(?:ba|z)?sh\s+(?:-c\s+\"?\$\(|<\()\s*(?:curl|wget)\b[^\n)]{0,300}"
    r"|\b(?:iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b[^\n|]{0,300}+\|\s*(?:iex|Invoke-Expression)\b",
    re.I,
)
_PLAIN = re.compile(r"http://(?!localhost|127\.|\[::1\])", re.I)


def check(project: Project) -> Iterator[Finding]:
    for file, step in all_steps(project):
        run = step.fields.get("run")
        if not isinstance(run, ScalarNode):
            continue
        for match in _PIPED.finditer(run.source):
            is_plain = _PLAIN.search(match.group()) is not None
            yield RULE.found(
                file,
                file.place(run, match.start()),
                f"'{match.group().strip()[:80]}' runs whatever that address answers today"
                + (", and anybody on the way can change it (http)" if is_plain else ""),
                hint="Download a fixed version, compare its checksum, then run it.",
                severity="warning" if is_plain else None,
                length=len(match.group()),
            )


RULE = Rule("remote-script", "information", "Scripts from the network are checked before they run.", check)
