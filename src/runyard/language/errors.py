"""What can go wrong while a workflow is read or evaluated."""

from __future__ import annotations

from typing import Literal

Stage = Literal["lexing", "parsing", "evaluation"]


class LanguageError(Exception):
    """Root of the language's errors. `message` is the text for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ExpressionError(LanguageError):
    """An expression that cannot be read or evaluated.

    `stage` tells when it was found. `position` is 1-based in the expression's text; None where no single place is at
    fault.
    """

    def __init__(self, message: str, stage: Stage = "evaluation", position: int | None = None) -> None:
        super().__init__(message)
        self.stage: Stage = stage
        self.position = position


class MatrixError(LanguageError):
    """A strategy that cannot be expanded."""
