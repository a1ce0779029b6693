"""More secrets than needed: the whole context, or one chosen while the job runs."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.expressions.tree import Index, Literal, walk
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import Embedded, embedded, scalars
from runyard.language.lint.security.secret_use import is_secrets

_HINT = "Name the secrets that are needed one by one: `${{ secrets.NAME }}`. Then the runner is given only those."


def check(project: Project) -> Iterator[Finding]:
    for file in project.documents:
        for scalar in scalars(file.root):
            for part in embedded(scalar.source) if "ecrets" in scalar.source else ():
                message = _problem(part)
                if message:
                    place = file.place(scalar, scalar.source.find(part.source, part.start))
                    yield RULE.found(file, place, message, hint=_HINT, length=len(part.source))


def _problem(part: Embedded) -> str | None:
    """What is wrong with an expression's use of `secrets`."""
    indexed = [node for node in walk(part.node) if isinstance(node, Index) and is_secrets(node.target)]
    for node in indexed:
        if node.key is None:
            return f"'{part.source}' reads all secrets"
        if not isinstance(node.key, Literal):
            return f"'{part.source}' chooses a secret by name while the job runs, so the runner is given all of them"
    whole = sum(is_secrets(node) for node in walk(part.node))
    return f"'{part.source}' reads all secrets at once" if whole > len(indexed) else None


RULE = Rule("all-secrets", "warning", "Expressions name the secrets they need one by one.", check)
