"""Where expressions read secrets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from runyard.language.expressions.tree import Index, Literal, NamedValue, Node, walk
from runyard.language.lint.document import Document, Step, source_of
from runyard.language.lint.security.embedded import Embedded, embedded, value_at


def secrets_in(node: Node) -> Iterator[str]:
    """The names of the secrets that an expression reads, spelled as there."""
    for part in walk(node):
        if isinstance(part, Index) and is_secrets(part.target) and isinstance(part.key, Literal):
            yield str(part.key.value)


def is_secrets(node: Node) -> bool:
    """Whether a node is the context `secrets` itself."""
    return isinstance(node, NamedValue) and node.name.lower() == "secrets"


def carries_secret(part: Embedded) -> bool:
    """Whether the value of an expression is, or holds, a secret or the token."""
    return any(path[0] == "secrets" or path == ("github", "token") for path, _ in part.carried)


@lru_cache(maxsize=256)
def secret_in_variable(step: Step, file: Document, name: str) -> str | None:
    """The expression that gives an environment variable of a step a secret; None when it holds none."""
    job = step.job
    for fields in (step.fields, job.fields if job else {}, file.fields):
        node = value_at(fields.get("env"), name)
        if node is not None:
            return next((part.source for part in embedded(source_of(node)) if carries_secret(part)), None)
    return None
