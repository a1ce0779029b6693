"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from runyard.language.diagnostics import Placed, Severity
from runyard.language.lint.finding import Finding, Fix

if TYPE_CHECKING:
    from runyard.language.lint.project import Project


class SourceFile(Protocol):
    """A file that findings are about."""

    @property
    def path(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: `name` (kebab-case, the name of its page `docs/lint/<name>.md`), its usual severity, one sentence.

    `check` looks at a whole project and yields findings, in any order. `default` False: the rule is off unless the
    configuration names it.
    """

    name: str
    severity: Severity
    summary: str
    check: Callable[[Project], Iterable[Finding]]
    default: bool = True

    def found(
        self,
        file: SourceFile,
        at: Placed,
        message: str,
        *,
        hint: str = "",
        severity: Severity | None = None,
        length: int = 0,
        fix: Fix | None = None,
        code: str = "",
    ) -> Finding:
        """A finding of this rule at a node or position; `length` of what is wrong, if it is known and on one line."""
        end = at.column + length if length else 0
        chosen = severity or self.severity
        return Finding(file.path, at.line, at.column, end, self.name, chosen, message, hint, fix, code)
