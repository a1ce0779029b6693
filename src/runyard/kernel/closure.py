"""The reusable workflows that a file calls, and those that they call: found step by step by whoever can read files."""

from __future__ import annotations

from dataclasses import replace

from msgspec.structs import replace as changed

from runyard import language
from runyard.kernel.state import Diagnostic
from runyard.kernel.workflow import followed
from runyard.language.limits import DEFAULT_LIMITS


class Closure:
    """The files found so far: `texts` by reference.

    Answer what is `wanted` with `found` or `not_found`, until nothing is wanted any more; then ask for `diagnostics`.
    """

    def __init__(self, path: str, source: str) -> None:
        self.texts: dict[str, str] = {}
        self._path = path
        self._source = source
        self._problems: dict[str, str] = {}
        self._calls: dict[str, list[str]] = {}
        self._depths = dict.fromkeys(_calls(source, path, 0), 1)

    @property
    def wanted(self) -> list[str]:
        """References that are to be looked up; no more than a run may have, and one more to notice that."""
        known = self.texts.keys() | self._problems.keys()
        left = DEFAULT_LIMITS.called_files + 1 - len(known)
        return [reference for reference in self._depths if reference not in known][: max(0, left)]

    @property
    def has_calls(self) -> bool:
        """Whether the file calls anything."""
        return bool(self._depths)

    def found(self, reference: str, text: str) -> None:
        """The file at a reference."""
        depth = self._depths[reference]
        self.texts[reference] = text
        self._calls[reference] = _calls(text, reference, depth)
        for called in self._calls[reference]:
            self._depths.setdefault(called, depth + 1)

    def not_found(self, reference: str, problem: str) -> None:
        """There is no file at a reference that may be called. `problem` says so of it: 'was not found: …'."""
        self._problems[reference] = problem

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the file and its calls, in the place of the call. Empty when a run can be made of it."""
        circles = {reference: circle for reference in self.texts if (circle := self._circle(reference))}
        usable = {reference: text for reference, text in self.texts.items() if reference not in circles}
        problems = self._problems | {name: f"calls itself: {' → '.join(circle)}" for name, circle in circles.items()}
        return tuple(_explained(each, problems) for each in followed(self._path, self._source, usable).diagnostics)

    def _circle(self, reference: str) -> list[str]:
        """The calls that lead from a file back to itself; empty if none do."""
        seen = {reference}
        paths = [[reference]]
        for path in paths:
            for called in self._calls.get(path[-1], ()):
                if called == reference:
                    return [*path, called]
                if called not in seen:
                    seen.add(called)
                    paths.append([*path, called])
        return []


def _calls(text: str, path: str, depth: int) -> list[str]:
    """What a file calls. One that cannot be read calls nothing: whoever calls it will be told."""
    workflow = language.parse(text, path).workflow
    if workflow is None or depth >= DEFAULT_LIMITS.call_depth:
        return []
    caller = replace(workflow, depth=depth)
    return [language.called_reference(caller, job) for job in workflow.jobs.values() if job.uses is not None]


def _explained(diagnostic: Diagnostic, problems: dict[str, str]) -> Diagnostic:
    """The language can only say that a workflow was not found; here it is known why."""
    message = diagnostic.message
    for reference, problem in problems.items():
        message = message.replace(f"'{reference}' was not found.", f"'{reference}' {problem}")
    return changed(diagnostic, message=message)
