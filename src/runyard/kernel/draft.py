"""A decision in the making: every event is folded in at once, so that the next thought sees its effect."""

from __future__ import annotations

from runyard.kernel.events import Event
from runyard.kernel.evolve import evolve
from runyard.kernel.family import Family
from runyard.kernel.state import Attempt, Job, Run


class Draft:
    """The run as it would be, and the events that lead there. Only the latest attempt is ever changed.

    `family` tells which jobs of that belong together.
    """

    __slots__ = ("at", "events", "family", "run")

    def __init__(self, run: Run, at: int) -> None:
        self.run = run
        self.at = at
        self.events: list[Event] = []
        self.family = Family(lambda: self.run.attempt)

    def emit(self, event: Event) -> None:
        """Decide one more event."""
        self.run = evolve(self.run, event)
        self.events.append(event)

    @property
    def attempt(self) -> Attempt:
        """The latest attempt as it now is."""
        return self.run.attempt

    def job(self, number: int) -> Job:
        """A job of the latest attempt as it now is."""
        return self.run.attempt.jobs[number]
