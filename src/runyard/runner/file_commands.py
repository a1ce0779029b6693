"""The files through which a step sets variables, outputs, state and paths: where they are and what they say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of a step's summary."""

_NAMES = {
    "GITHUB_ENV": "set_env",
    "GITHUB_OUTPUT": "set_output",
    "GITHUB_STATE": "save_state",
    "GITHUB_PATH": "add_path",
    "GITHUB_STEP_SUMMARY": "step_summary",
}


class FileCommandError(ValueError):
    """The text of a file does not follow the format; the message is GitHub's."""


@dataclass(slots=True)
class FileCommandResult:
    """What a step left in its files. `errors` make the step fail, `refusals` are only shown."""

    env: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    summary: str = ""
    errors: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class FileCommands:
    """One fresh file of each kind, for one step."""

    def __init__(self, directory: str, token: str) -> None:
        self.variables = {variable: f"{directory}/{name}_{token}" for variable, name in _NAMES.items()}
        for path in self.variables.values():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644))

    def read(self) -> FileCommandResult:
        """Read all files; never raises for what is written in them."""
        result = FileCommandResult()
        self._read_pairs("GITHUB_ENV", "env", result.env, result)
        self._read_pairs("GITHUB_OUTPUT", "output", result.outputs, result)
        self._read_pairs("GITHUB_STATE", "state", result.state, result)
        for name in [name for name in result.env if name.upper() == "NODE_OPTIONS"]:
            del result.env[name]
            result.refusals.append("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
        result.paths = [line for line in _read(self.variables["GITHUB_PATH"]).replace("\r", "\n").split("\n") if line]
        self._read_summary(result)
        return result

    def _read_pairs(self, variable: str, label: str, into: dict[str, str], result: FileCommandResult) -> None:
        text = _read(self.variables[variable])
        if not text:
            return
        try:
            for name, value in pairs(text):
                into[name] = value
        except FileCommandError as error:
            result.errors += [f"Unable to process file command '{label}' successfully.", str(error)]

    def _read_summary(self, result: FileCommandResult) -> None:
        path = self.variables["GITHUB_STEP_SUMMARY"]
        size = _size(path)
        if size > SUMMARY_LIMIT:
            result.refusals.append(
                "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, "
                f"got {-(-size // 1024)}k. For more information see: "
                "https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions"
            )
        elif size:
            result.summary = _read(path)


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """The name and value pairs of an environment file, in order. Raises FileCommandError after the last good pair."""
    text = text.removeprefix("\ufeff")
    position = 0
    while position < len(text):
        line, position, _ = _line(text, position)
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            if not name:
                raise FileCommandError(f"Invalid format '{line}'. Name must not be empty")
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise FileCommandError(
                    f"Invalid format '{line}'. Name must not be empty and delimiter must not be empty"
                )
            value, position = _heredoc(text, position, delimiter)
        else:
            raise FileCommandError(f"Invalid format '{line}'")
        yield name, value


def _heredoc(text: str, start: int, delimiter: str) -> tuple[str, int]:
    """The lines up to the delimiter, and the position after it."""
    position = start
    while position < len(text):
        line_start = position
        line, position, closed = _line(text, position)
        if line == delimiter:
            return text[start : max(start, line_start - 1)], position
        if not closed:
            raise FileCommandError("Invalid value. EOF marker missing new line.")
    raise FileCommandError(f"Invalid value. Matching delimiter not found '{delimiter}'")


def _line(text: str, start: int) -> tuple[str, int, bool]:
    """The line at a position, the position after it, and whether a line feed ended it."""
    end = text.find("\n", start)
    return (text[start:], len(text), False) if end < 0 else (text[start:end], end + 1, True)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - five times a step
    except OSError:
        return 0


def _read(path: str) -> str:
    return Path(path).read_bytes().decode("utf-8-sig", "replace") if _size(path) else ""
