"""A reporter that remembers."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.runner.task import Conclusion


class Recorder:
    """Keeps what it was told. `steps_done` holds (index, conclusion) in the order of the ends."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.titles: list[str] = []
        self.started: list[int] = []
        self.steps_done: list[tuple[int, str]] = []
        self.outputs: dict[str, str] = {}
        self.summaries: dict[int, str] = {}

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def log(self, time_ns: int, text: str) -> None:
        assert time_ns > 0
        self.rows.append(text)

    def steps(self, titles: Sequence[str]) -> None:
        self.titles = list(titles)

    def step_started(self, index: int, time_ns: int) -> None:
        self.started.append(index)

    def step_finished(self, index: int, conclusion: Conclusion, time_ns: int) -> None:
        self.steps_done.append((index, conclusion.value))

    def output(self, name: str, value: str) -> None:
        self.outputs[name] = value

    def summary(self, index: int, markdown: str) -> None:
        self.summaries[index] = markdown
