"""What is wrong in a file: values, collected while reading goes on.

A diagnostic names file, line and column (1-based; 0 when it concerns the whole file), a stable code, a message for
people and a severity. `Problems` keeps the first few errors of one file, because one mistake near the top often
causes hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding in a file."""

    path: str
    line: int
    column: int
    code: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """GitHub's form: `file (Line: 1, Col: 2): text`."""
        place = f" (Line: {self.line}, Col: {self.column})" if self.line else ""
        return f"{self.path}{place}: {self.message}"


class Placed(Protocol):
    """Anything that starts somewhere in a file."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


@dataclass(slots=True)
class Problems:
    """Collects the diagnostics of one file, up to `max_errors`, each cut at `max_length` characters."""

    path: str
    max_errors: int = 10
    max_length: int = 500
    found: list[Diagnostic] = field(default_factory=list)
    errors: int = 0

    def error(self, at: Placed, code: str, message: str) -> None:
        """Note an error at a node or position."""
        self.error_at(at.line, at.column, code, message)

    def error_at(self, line: int, column: int, code: str, message: str) -> None:
        """Note an error at a line and column; (0, 0) is the whole file."""
        self.errors += 1
        if self.errors <= self.max_errors:
            if len(message) > self.max_length:
                message = message[: self.max_length] + "[...]"
            self.found.append(Diagnostic(self.path, line, column, code, message))
