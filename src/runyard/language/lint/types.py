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
    """What a value is that may be any of several; `any` for none. Time is linear in the number of their properties."""
    found = list(types)
    if len({each.kind for each in found}) != 1:
        return ANY
    first = found[0]
    if len(found) == 1 or first.kind not in ("array", "object"):
        return first
    if first.kind == "array":
        return array(fused(each.item or ANY for each in found), is_filtered=all(each.is_filtered for each in found))
    names: dict[str, str] = {}
    properties: dict[str, list[Type]] = {}
    for each in found:
        for name in each.names:
            properties.setdefault(names.setdefault(name.lower(), name), []).append(each.properties[name.lower()])
    others = [each.rest for each in found if each.rest is not None]
    return record({name: fused(those) for name, those in properties.items()}, fused(others) if others else None)
