"""Parts of a secret that no mask hides."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.expressions.tree import Function, Index, Node, walk
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import embedded, scalars
from runyard.language.lint.security.secret_use import secrets_in

_HINT = 'Store each part as a secret of its own, or mask it first: `echo "::add-mask::$PART"`.'


def check(project: Project) -> Iterator[Finding]:
    for file in project.documents:
        for scalar in scalars(file.root):
            for part in embedded(scalar.source) if "ecrets" in scalar.source else ():
                name = _taken_apart(part.node)
                if name:
                    place = file.place(scalar, scalar.source.find(part.source, part.start))
                    message = f"'{part.source}' is a part of secrets.{name}: only the whole secret is masked in logs"
                    yield RULE.found(file, place, message, hint=_HINT, length=len(part.source))


def _taken_apart(node: Node) -> str | None:
    """The secret that `fromJSON(secrets.X).part` reads, if the expression does that."""
    for part in walk(node):
        target = part.target if isinstance(part, Index) else None
        if isinstance(target, Function) and target.name.lower() == "fromjson":
            name = next(secrets_in(target), None)
            if name:
                return name
    return None


RULE = Rule("unmasked-secret", "warning", "Secrets are used whole, so that masks hide them.", check)
