"""The rows of a job: masked, of one line each, in GitHub's wording."""

from __future__ import annotations

import time
from collections.abc import Mapping

from runyard.runner.command_syntax import escape_data, escape_property
from runyard.runner.masks import Masks
from runyard.runner.reporter import Reporter

_ROW_CHARACTERS = 16_000
_MESSAGE_CHARACTERS = 4096


class JobLog:
    """Writes rows to a reporter. Nothing reaches the reporter unmasked. `debugging` shows debug rows."""

    def __init__(self, reporter: Reporter, masks: Masks, *, debugging: bool) -> None:
        self.masks = masks
        self.debugging = debugging
        self._reporter = reporter

    def line(self, time_ns: int, text: str) -> None:
        """One line of output, stamped. A very long one takes several rows."""
        text = _storable(self.masks.apply(text))
        if len(text) <= _ROW_CHARACTERS:
            self._reporter.log(time_ns, text)
            return
        for start in range(0, len(text), _ROW_CHARACTERS):
            self._reporter.log(time_ns, text[start : start + _ROW_CHARACTERS])

    def write(self, text: str) -> None:
        """Text of ours: one row per line, now."""
        now = time.time_ns()
        for line in self.masks.apply(text).replace("\r", "").split("\n"):
            self.line(now, line)

    def group(self, title: str) -> None:
        """Open a foldable section."""
        self.write(f"##[group]{title}")

    def end_group(self) -> None:
        """Close it."""
        self.write("##[endgroup]")

    def error(self, message: str, properties: Mapping[str, str] | None = None) -> None:
        """An error annotation; `properties` as `annotation_properties` gives them."""
        self._annotate("error", message, properties)

    def warning(self, message: str, properties: Mapping[str, str] | None = None) -> None:
        """A warning annotation."""
        self._annotate("warning", message, properties)

    def notice(self, message: str, properties: Mapping[str, str] | None = None) -> None:
        """A notice annotation."""
        self._annotate("notice", message, properties)

    def debug(self, message: str) -> None:
        """Shown only while debugging."""
        if self.debugging:
            self.write("\n".join(f"##[debug]{line}" for line in message.split("\n")))

    def _annotate(self, level: str, message: str, properties: Mapping[str, str] | None) -> None:
        """Without a place the row is `##[error]text`; with one it is `::error file=…::text`, so that nothing is
        lost.
        """
        message = self.masks.apply(message)[:_MESSAGE_CHARACTERS]
        if not properties:
            self.write(f"##[{level}]{message}")
            return
        place = ",".join(f"{key}={escape_property(self.masks.apply(value))}" for key, value in properties.items())
        self.write(f"::{level} {place}::{escape_data(message)}")


def _storable(text: str) -> str:
    """Text that every store and wire takes: no NUL, no lone surrogates."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
