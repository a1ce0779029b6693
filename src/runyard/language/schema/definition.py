"""The vocabulary of the schema tables.

A `Definition` says which kinds of node may stand at a place (null, boolean, number, text, sequence, one or several
mappings) and which contexts and functions an expression there may use. The functions below read like the facts:
`text(non_empty=True)`, `sequence(text())`, `mapping({"run": …}, required=("run",))`, `either(a, b)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Names that an expression may use: contexts, and special functions with their least and most arguments."""

    contexts: frozenset[str]
    functions: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def with_contexts(self, *contexts: str) -> Scope:
        """This scope and some more contexts."""
        return Scope(self.contexts | frozenset(contexts), self.functions)


@dataclass(frozen=True, slots=True)
class Text:
    """A rule for text. `values`: the only ones allowed. `condition`: all of it is an expression, `${{ }}` or not."""

    non_empty: bool = False
    values: frozenset[str] | None = None
    condition: bool = False

    def accepts(self, text: str) -> bool:
        """Whether the text obeys the rule."""
        return text in self.values if self.values is not None else bool(text) or not self.non_empty


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of a mapping: known keys, those that must be there (in order), what others may hold (None: no others)."""

    keys: Mapping[str, Definition]
    required: tuple[str, ...] = ()
    others: Definition | None = None
    other_keys: Text = Text(non_empty=True)


@dataclass(slots=True, eq=False)
class Definition:
    """What may stand at a place. `scope` None: no expressions."""

    scope: Scope | None = None
    null: bool = False
    boolean: bool = False
    number: bool = False
    texts: tuple[Text, ...] = ()
    items: Definition | None = None
    shapes: tuple[Shape, ...] = ()


def null() -> Definition:
    """Nothing."""
    return Definition(null=True)


def boolean(scope: Scope | None = None) -> Definition:
    """true or false."""
    return Definition(scope, boolean=True)


def number(scope: Scope | None = None) -> Definition:
    """A number."""
    return Definition(scope, number=True)


def text(scope: Scope | None = None, *, non_empty: bool = False) -> Definition:
    """Text; other scalars are turned into text."""
    return Definition(scope, texts=(Text(non_empty),))


def one_of(*values: str) -> Definition:
    """One of some words."""
    return Definition(texts=(Text(values=frozenset(values)),))


def condition(scope: Scope) -> Definition:
    """The text of an `if`: an expression with or without `${{ }}`."""
    return Definition(scope, texts=(Text(condition=True),))


def scalar(scope: Scope | None = None) -> Definition:
    """Text, a boolean or a number, kept as it is."""
    return Definition(scope, boolean=True, number=True, texts=(Text(),))


def sequence(items: Definition, scope: Scope | None = None) -> Definition:
    """A list."""
    return Definition(scope, items=items)


def mapping(
    keys: Mapping[str, Definition],
    scope: Scope | None = None,
    *,
    required: tuple[str, ...] = (),
    others: Definition | None = None,
) -> Definition:
    """A mapping with known keys and, if `others` is given, any further non-empty ones."""
    return Definition(scope, shapes=(Shape(keys, required, others),))


def free(values: Definition, scope: Scope | None = None) -> Definition:
    """A mapping whose keys the user chooses."""
    return Definition(scope, shapes=(Shape({}, (), values),))


@cache
def anything(scope: Scope | None = None) -> Definition:
    """Any scalar, list or mapping, to any depth."""
    result = Definition(scope, null=True, boolean=True, number=True, texts=(Text(),))
    result.items = result
    result.shapes = (Shape({}, (), result, Text()),)
    return result


def either(*choices: Definition, scope: Scope | None = None) -> Definition:
    """Any of several. Where several mappings are possible, the keys decide which one is meant."""
    return Definition(
        scope or next((choice.scope for choice in choices if choice.scope), None),
        null=any(choice.null for choice in choices),
        boolean=any(choice.boolean for choice in choices),
        number=any(choice.number for choice in choices),
        texts=tuple(rule for choice in choices for rule in choice.texts),
        items=next((choice.items for choice in choices if choice.items), None),
        shapes=tuple(shape for choice in choices for shape in choice.shapes),
    )


def one_or_more(item: Definition) -> Definition:
    """One value or a list of such values."""
    return either(item, sequence(item), scope=item.scope)
