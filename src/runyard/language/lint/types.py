"""Types of expressions, as far as they can be known without running anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["any", "null", "bool", "number", "string", "array", "object"]
_SHOWN_PROPERTIES = 20
_SHOWN_IN_TYPE = 5


@dataclass(frozen=True, slots=True)
class Type:
    """A type. Arrays have the type of their items, objects their known properties by name in lower case.

    `rest` is the type of properties that are not known, None when there are no others. `is_filtered`: the array comes
    from `.*`, so `.name` goes to its items.
    """

    kind: Kind
    properties: Mapping[str, Type] = field(default_factory=dict)
    rest: Type | None = None
    item: Type | None = None
    is_filtered: bool = False
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As in messages: `string`, `array<number>`, `{a: string}`."""
        if self.kind == "array":
            return f"array<{self.item}>"
        if self.kind != "object":
            return self.kind
        if self.rest is not None and not self.properties:
            return "object"
        shown = [f"{name}: {self.properties[name.lower()]}" for name in self.names[:_SHOWN_IN_TYPE]]
        if len(self.names) > _SHOWN_IN_TYPE:
            shown.append("…")
        return "{" + "; ".join(shown) + "}"


ANY = Type("any")
NULL = Type("null")
BOOL = Type("bool")
NUMBER = Type("number")
STRING = Type("string")


def array(item: Type = ANY, *, is_filtered: bool = False) -> Type:
    """A list of items of one type."""
    return Type("array", item=item, is_filtered=is_filtered)


def record(properties: Mapping[str, Type] | Iterable[tuple[str, Type]], rest: Type | None = None) -> Type:
    """An object with these properties, and if `rest` is given any others."""
    pairs = dict(properties)
    return Type("object", {name.lower(): value for name, value in pairs.items()}, rest, names=tuple(pairs))


def strings(names: str) -> Type:
    """An object whose properties, given in one text, are all strings."""
    return record(dict.fromkeys(names.split(), STRING))


def listed(names: Sequence[str]) -> str:
    """Names for a message, not too many of them."""
    shown = ", ".join(names[:_SHOWN_PROPERTIES])
    return f"{shown}, …" if len(names) > _SHOWN_PROPERTIES else shown


OBJECT = record({}, ANY)
TEXTS = record({}, STRING)


def fused(types: Iterable[Type]) -> Type:
    """What a value is that may be any of several; `any` for none."""
    result: Type | None = None
    for each in types:
        result = each if result is None else _fuse(result, each)
    return ANY if result is None else result


def _fuse(one: Type, other: Type) -> Type:
    if one == other:
        return one
    if one.kind != other.kind:
        return ANY
    if one.kind == "array":
        return array(_fuse(one.item or ANY, other.item or ANY), is_filtered=one.is_filtered and other.is_filtered)
    names = {name.lower(): name for name in (*other.names, *one.names)}
    both = {
        name: _fuse(one.properties[key], other.properties[key])
        if key in one.properties and key in other.properties
        else one.properties.get(key) or other.properties[key]
        for key, name in names.items()
    }
    rest = one.rest if other.rest is None else other.rest if one.rest is None else _fuse(one.rest, other.rest)
    return record(both, rest)
