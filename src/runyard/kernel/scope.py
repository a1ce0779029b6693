"""What jobs are judged by while a decision is made: the file, the results so far, the contexts."""

from __future__ import annotations

from functools import cached_property

from runyard.kernel.contexts import Contexts, key_contexts, run_contexts
from runyard.kernel.draft import Draft
from runyard.kernel.needs import Results
from runyard.kernel.state import Job
from runyard.kernel.status import Status
from runyard.kernel.workflow import Plan, plan_of


class Scope:
    """A draft seen through its workflow file. Results follow the draft; new jobs are told with `results.jobs_added`."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.plan: Plan = plan_of(draft.run)
        self.results = Results(lambda: draft.attempt)

    @cached_property
    def base(self) -> Contexts:
        """github, inputs and vars; they do not change while a decision is made."""
        return run_contexts(self.draft.run, self.draft.attempt, self.plan)

    def contexts(self, key: str) -> Contexts:
        """What the `if` and the strategy of a key may read."""
        return key_contexts(self.base, self.results, self.plan, key)

    def blocked(self, key: str) -> list[Job]:
        """The jobs of a key that have not been let go."""
        return [job for job in self.results.jobs(key) if job.status is Status.BLOCKED]
