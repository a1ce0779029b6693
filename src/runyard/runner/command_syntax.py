"""The two written forms of a workflow command: `::name key=value::data` and `##[name key=value]data`."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_LEGACY = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


@dataclass(frozen=True, slots=True)
class WorkflowCommand:
    """`name` is lower case; properties are named as written and found without case."""

    name: str
    data: str
    properties: Mapping[str, str] = field(default_factory=dict)

    def property(self, name: str) -> str:
        """A property, empty when it is absent."""
        return next((value for key, value in self.properties.items() if key.lower() == name), "")


def parse(line: str, names: Container[str]) -> WorkflowCommand | None:
    """The command of a line; `::` wins over `##[`. None: plain output (also for a name that is not in `names`)."""
    return parse_colons(line, names) or parse_brackets(line, names)


def parse_colons(line: str, names: Container[str]) -> WorkflowCommand | None:
    """`::name key=value,key=value::data`, only white space may stand before it."""
    text = line.lstrip()
    if not text.startswith("::"):
        return None
    head, end, data = text[2:].partition("::")
    name, _, rest = head.partition(" ")
    if not end or name.lower() not in names:
        return None
    return _command(name, rest.strip(), ",", _PROPERTY, _unescape(data, _DATA))


def parse_brackets(line: str, names: Container[str]) -> WorkflowCommand | None:
    """`##[name key=value;key=value]data`, anywhere in the line."""
    start = line.find("##[")
    if start < 0:
        return None
    head, end, data = line[start + 3 :].partition("]")
    name, _, rest = head.partition(" ")
    if not end or name.lower() not in names:
        return None
    return _command(name, rest.strip(), ";", _LEGACY, _unescape(data, _LEGACY))


def escape_data(text: str) -> str:
    """The text as `data` of the `::` form."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The text as a property of the `::` form."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def annotation_properties(properties: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The properties of notice, warning and error after the rules for ranges, and what was wrong with them.

    Keys of the answer: file, line, endLine, col, endColumn, title, as far as given.
    """
    given = {key.lower(): value for key, value in properties.items()}
    found = {key: given[key.lower()] for key in _ANNOTATION_KEYS if given.get(key.lower())}
    problems: list[str] = []
    numbers = {key: _number(found[key]) for key in ("line", "endLine", "col", "endColumn") if key in found}
    for key in [key for key, number in numbers.items() if number is None]:
        problems.append(f"Unable to parse '{key}' value '{found[key]}' as an integer.")
        del found[key], numbers[key]
    _fill_in(found, "line", "endLine")
    _fill_in(found, "col", "endColumn")
    if "col" in found and "line" not in found:
        problems.append("Invalid annotation: 'col' can only be set if 'line' is provided.")
        _drop(found, "col", "endColumn")
    if "endLine" in found and int(found["endLine"]) < int(found["line"]):
        problems.append("Invalid annotation: 'endLine' cannot be less than 'line'.")
        _drop(found, "line", "endLine", "col", "endColumn")
    if "endLine" in found and "col" in found and int(found["endLine"]) != int(found["line"]):
        problems.append("Invalid annotation: 'col' cannot be set if 'line' and 'endLine' are different values.")
        _drop(found, "col", "endColumn")
    if "endColumn" in found and int(found["endColumn"]) < int(found["col"]):
        problems.append("Invalid annotation: 'endColumn' cannot be less than 'col'.")
        _drop(found, "col", "endColumn")
    return found, problems


_ANNOTATION_KEYS = ("file", "line", "endLine", "col", "endColumn", "title")


def _fill_in(found: dict[str, str], start: str, end: str) -> None:
    if end in found and start not in found:
        found[start] = found[end]


def _drop(found: dict[str, str], *keys: str) -> None:
    for key in keys:
        found.pop(key, None)


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _command(
    name: str, properties: str, separator: str, escapes: tuple[tuple[str, str], ...], data: str
) -> WorkflowCommand:
    found: dict[str, str] = {}
    for part in properties.split(separator):
        key, equals, value = part.partition("=")
        if equals and value:
            found[key] = _unescape(value, escapes)
    return WorkflowCommand(name.lower(), data, found)


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    if "%" in text:
        for escaped, plain in escapes:
            text = text.replace(escaped, plain)
    return text
