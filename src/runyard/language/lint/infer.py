"""The type of an expression, and everything that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from runyard.language.diagnostics import Severity
from runyard.language.expressions.format_string import check_format
from runyard.language.expressions.parser import BUILTIN_FUNCTIONS, Arity
from runyard.language.expressions.tree import Compare, Function, Index, Logical, NamedValue, Node, Not
from runyard.language.expressions.tree import Literal as Constant
from runyard.language.lint.spelling import names_hint, similar
from runyard.language.lint.types import ANY, BOOL, NULL, NUMBER, OBJECT, STRING, Type, array, fused, record

ProblemKind = Literal["names", "property", "type", "format"]

SPECIAL_FUNCTIONS = frozenset({"always", "cancelled", "success", "failure", "hashfiles"})
CONTEXTS = frozenset(
    {"github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"}
)
_RESULTS = {
    "contains": BOOL,
    "startswith": BOOL,
    "endswith": BOOL,
    "format": STRING,
    "join": STRING,
    "tojson": STRING,
    "hashfiles": STRING,
    **dict.fromkeys(("always", "cancelled", "success", "failure"), BOOL),
}
_WANTS_TEXT = {
    "startswith": (0, 1),
    "endswith": (0, 1),
    "format": (0,),
    "fromjson": (0,),
    "hashfiles": range(255),
    "join": (1,),
    "contains": (1,),
}
_FUNCTIONS = ("case", "contains", "endsWith", "format", "fromJSON", "join", "startsWith", "toJSON")
_MOST_PROBLEMS = 2000
_COMPOUND = ("array", "object")
_NOT_ORDERED = (*_COMPOUND, "null", "bool")


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault at a 1-based position of the expression, `length` characters long (0: not known).

    `severity` None is that of the rule.
    """

    kind: ProblemKind
    position: int
    message: str
    hint: str = ""
    length: int = 0
    code: str = ""
    severity: Severity | None = None


def full_room() -> dict[ProblemKind, int]:
    """How many problems of each kind are told of one file."""
    return dict.fromkeys(get_args(ProblemKind), _MOST_PROBLEMS)


@dataclass(slots=True)
class Inference:
    """Reads one expression. `contexts` are those that are available, with their types.

    `functions` are the special functions that are available. `is_later` tells of a property of a context
    whether it exists only after the expression is evaluated. `room`: so many problems of each kind may still be told.
    """

    contexts: Mapping[str, Type]
    functions: Mapping[str, Arity]
    is_later: Callable[[str, str], bool] = lambda context, name: False
    room: dict[ProblemKind, int] = field(default_factory=full_room)
    problems: list[Problem] = field(default_factory=list)

    def type_of(self, node: Node) -> Type:
        """The type; faults are added to `problems`."""
        if isinstance(node, Constant):
            return constant_type(node.value)
        if isinstance(node, NamedValue):
            return self._context(node)
        if isinstance(node, Index):
            return self._property(node) if node.key is not None else self._all(node)
        if isinstance(node, Function):
            return self._call(node)
        if isinstance(node, Not):
            self.type_of(node.operand)
            return BOOL
        if isinstance(node, Compare):
            return self._compare(node)
        return self._logical(node)

    def _add(
        self,
        kind: ProblemKind,
        at: Node | int,
        message: str,
        *,
        hint: str = "",
        length: int = 0,
        code: str = "",
        severity: Severity | None = None,
    ) -> None:
        if self.room[kind] > 0:
            self.room[kind] -= 1
            position = at if isinstance(at, int) else _start(at)
            self.problems.append(Problem(kind, position, message, hint, length, code, severity))

    # --- contexts ---

    def _context(self, node: NamedValue) -> Type:
        name = node.name.lower()
        found = self.contexts.get(name)
        if found is not None:
            return found
        available = sorted(self.contexts)
        hint = names_hint(node.name, available, shown="Available here") or "No context is available here."
        if name in CONTEXTS:
            hint = f"The context '{node.name}' is not available here. Available: {', '.join(available) or 'none'}."
        message = f"Unrecognized named-value: '{node.name}'"
        self._add("names", node.position, message, hint=hint, length=len(node.name), code="unknown-context")
        return ANY

    # --- properties ---

    def _property(self, node: Index) -> Type:
        target = self.type_of(node.target)
        assert node.key is not None
        key = node.key
        name = key.value if isinstance(key, Constant) and isinstance(key.value, str) else None
        key_type = STRING if name is not None else self.type_of(key)
        if target.kind == "any":
            return ANY
        if target.kind == "array":
            return self._of_array(node, target, key_type)
        if target.kind != "object":
            message = f"A value of type {target} has no properties"
            self._add("type", node, message, code="not-an-object")
            return ANY
        if name is None:
            return fused([*target.properties.values()]) if target.rest is None and target.properties else ANY
        return self._of_object(node, target, name)

    def _of_object(self, node: Index, target: Type, name: str) -> Type:
        folded = name.lower()
        found = target.properties.get(folded)
        context = node.target.name.lower() if isinstance(node.target, NamedValue) else ""
        is_later = found is not None and bool(context) and self.is_later(context, folded)
        if found is not None and not is_later:
            return found
        if found is None and target.rest is not None and (context != "secrets" or not similar(name, target.names)):
            return target.rest
        if context == "steps" and folded.startswith("__"):
            return OBJECT
        if not self.room["property"]:
            return ANY
        hint = names_hint(name, target.names) or "Nothing is known here."
        if is_later:
            hint = f"'{name}' only exists later."
        is_optional = _root(node) == "matrix"
        if is_optional:
            hint = f"No row of the matrix has it, so it is always empty. {hint}"
        start = _start(node)
        length = node.key.position - start + len(name) if isinstance(node.key, Constant) else 0
        message = f"Context access might be invalid: {name}"
        severity: Severity | None = "warning" if is_optional else None
        self._add(
            "property", start, message, hint=hint, length=max(length, 0), code="unknown-property", severity=severity
        )
        return ANY

    def _of_array(self, node: Index, target: Type, key: Type) -> Type:
        item = target.item or ANY
        if key.kind in ("number", "any", "bool"):
            return item
        if not target.is_filtered:
            message = "A list has no properties; use a number, or '.*' to reach its items"
            self._add("type", node, message, code="not-an-object")
            return ANY
        if item.kind == "object" and isinstance(node.key, Constant):
            return array(self._of_object(node, item, str(node.key.value)), is_filtered=True)
        return array(is_filtered=True)

    def _all(self, node: Index) -> Type:
        target = self.type_of(node.target)
        if target.kind == "array":
            item = target.item or ANY
            return array(item.item or ANY if target.is_filtered and item.kind == "array" else item, is_filtered=True)
        if target.kind == "object":
            is_known = target.rest is None and target.properties
            return array(fused(target.properties.values()) if is_known else target.rest or ANY, is_filtered=True)
        if target.kind != "any":
            message = f"'.*' needs a list or an object, but this is of type {target}"
            self._add("type", node, message, code="not-an-object")
        return array(is_filtered=True)

    # --- operators ---

    def _compare(self, node: Compare) -> Type:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if node.operator in ("==", "!="):
            is_wrong = (left.kind in _COMPOUND) != (right.kind in _COMPOUND) and "any" not in (left.kind, right.kind)
            is_wrong = is_wrong and "null" not in (left.kind, right.kind)
            is_wrong = is_wrong or {left.kind, right.kind} == set(_COMPOUND)
        else:
            is_wrong = left.kind in _NOT_ORDERED or right.kind in _NOT_ORDERED
        if is_wrong:
            message = f"A value of type {left} cannot be compared with one of type {right} by '{node.operator}'"
            self._add("type", node.left, message, code="comparison")
        return BOOL

    def _logical(self, node: Logical) -> Type:
        types = [self.type_of(operand) for operand in node.operands]
        if node.operator == "&&":
            return fused(types[-1:]) if all(each.kind == "bool" for each in types[:-1]) else fused(types)
        return fused(types)

    # --- functions ---

    def _call(self, node: Function) -> Type:
        name = node.name.lower()
        arity = BUILTIN_FUNCTIONS.get(name) or {k.lower(): v for k, v in self.functions.items()}.get(name)
        types = [self.type_of(argument) for argument in node.arguments]
        if arity is None:
            self._unknown_function(node, name)
            return _RESULTS.get(name, ANY)
        if self._check_count(node, name, arity):
            self._check_arguments(node, name, types)
        if name == "fromjson":
            return self._json(node)
        if name == "case":
            return fused(types[1::2] + types[-1:]) if len(types) > 2 else ANY
        return _RESULTS.get(name, ANY)

    def _unknown_function(self, node: Function, name: str) -> None:
        hint = names_hint(node.name, (*_FUNCTIONS, *self.functions), shown="Functions here")
        if name in SPECIAL_FUNCTIONS:
            where = "in 'if'" if name != "hashfiles" else "in steps"
            hint = f"{node.name}() is only available {where}."
        message = f"Unrecognized function: '{node.name}'"
        self._add("names", node.position, message, hint=hint, length=len(node.name), code="unknown-function")

    def _check_count(self, node: Function, name: str, arity: Arity) -> bool:
        count, problem = len(node.arguments), ""
        if count < arity[0]:
            problem = "Too few parameters supplied"
        elif count > arity[1]:
            problem = "Too many parameters supplied"
        elif name == "case" and count % 2 == 0:
            problem = "Even number of parameters supplied, requires an odd number of parameters"
        if problem:
            message = f"{problem}: '{node.name}'"
            self._add("names", node.position, message, length=len(node.name), code="argument-count")
        return not problem

    def _check_arguments(self, node: Function, name: str, types: list[Type]) -> None:
        for index in _WANTS_TEXT.get(name, ()):
            if index < len(types) and types[index].kind in _COMPOUND:
                self._wrong_argument(node, index, types[index], "text")
        if name == "contains" and types[0].kind == "object":
            self._wrong_argument(node, 0, types[0], "text or a list")
        if name == "join" and types[0].kind not in ("array", "any", "string"):
            self._wrong_argument(node, 0, types[0], "a list")
        if name == "format":
            self._check_format(node)
        if name == "case":
            for index in range(0, len(types) - 1, 2):
                if types[index].kind not in ("bool", "any"):
                    message = "case predicate must evaluate to a boolean value"
                    self._add("type", node.arguments[index], message, code="argument-type")

    def _wrong_argument(self, node: Function, index: int, found: Type, wanted: str) -> None:
        message = f"Argument {index + 1} of '{node.name}' must be {wanted}, but it is of type {found}"
        self._add("type", node.arguments[index], message, code="argument-type")

    def _check_format(self, node: Function) -> None:
        pattern = node.arguments[0]
        if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
            return
        checked, given = check_format(pattern.value), len(node.arguments) - 1
        if checked.max_index is None:
            message = f"The following format string is invalid: {pattern.value}"
            self._add("format", pattern.position, message, code="invalid-format-string")
        elif checked.max_index >= given:
            message = (
                f"Format string references {{{checked.max_index}}} but only {given} argument(s) provided: "
                "The following format string references more arguments than were supplied: " + pattern.value
            )
            self._add("format", pattern.position, message, code="format-arg-count-mismatch")
        else:
            self._check_unused(node, pattern.value, given)

    def _check_unused(self, node: Function, pattern: str, given: int) -> None:
        for index in range(given):
            if f"{{{index}}}" not in pattern:
                message = f"The format string has no placeholder {{{index}}}: its argument is never used"
                self._add(
                    "format",
                    node.arguments[index + 1],
                    message,
                    code="format-unused-argument",
                    severity="warning",
                )

    def _json(self, node: Function) -> Type:
        text = node.arguments[0] if node.arguments else None
        if not isinstance(text, Constant) or not isinstance(text.value, str):
            return ANY
        try:
            return _json_type(json.loads(text.value))
        except (ValueError, RecursionError):
            message = "The text given to 'fromJSON' is not valid JSON"
            self._add("type", text.position, message, code="invalid-json")
            return ANY


def constant_type(value: object) -> Type:
    """The type of a literal."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, float):
        return NUMBER
    return NULL if value is None else STRING


def _json_type(value: object) -> Type:
    if isinstance(value, dict):
        return record({key: _json_type(item) for key, item in value.items()})
    if isinstance(value, list):
        return array(fused(_json_type(item) for item in value))
    return NUMBER if isinstance(value, int) and not isinstance(value, bool) else constant_type(value)


def _start(node: Node) -> int:
    """Where an expression begins."""
    while not isinstance(node, Constant | NamedValue | Function | Not):
        node = node.target if isinstance(node, Index) else node.left if isinstance(node, Compare) else node.operands[0]
    return node.position


def _root(node: Node) -> str:
    """The context that a chain of properties begins with; nothing for any other expression."""
    while isinstance(node, Index):
        node = node.target
    return node.name.lower() if isinstance(node, NamedValue) else ""
