"""What jobs are judged by while a decision is made: their file, the results so far in it, the contexts.

A run has one scope for its own file and one for each call of a reusable workflow: keys, needs, `success()` and
`failure()` mean the jobs of the same scope, `inputs` those of the call.
"""

from __future__ import annotations

from functools import cached_property

from runyard.kernel.contexts import Contexts, key_contexts, run_contexts
from runyard.kernel.draft import Draft
from runyard.kernel.needs import Results
from runyard.kernel.numbers import Numbers
from runyard.kernel.state import Job
from runyard.kernel.status import Status
from runyard.kernel.workflow import Plan, plan_of

_UNUSABLE = Plan(None, ())


class Scope:
    """A draft seen through one of its workflow files. Results follow the draft.

    `caller` is the number of the job that calls the file, `above` the scope of that job; 0 and None for the run's own
    file. `Scope(draft)` is the scope of that, the others are found from there.
    """

    def __init__(self, draft: Draft, *, plan: Plan | None = None, above: Scope | None = None, caller: int = 0) -> None:
        self.draft = draft
        self.plan: Plan = plan_of(draft.run) if plan is None else plan
        self.above = above
        self.caller = caller
        self.results = Results(draft, caller)
        self.numbers: Numbers = Numbers(draft) if above is None else above.numbers
        self._inner: dict[int, Scope] = {}
        self._contexts: dict[str, Contexts] = {}

    def inner(self, caller: Job) -> Scope:
        """The scope of the file that a job of this scope calls."""
        if caller.number not in self._inner:
            plan = self.plan.called.get(caller.key, _UNUSABLE)
            self._inner[caller.number] = Scope(self.draft, plan=plan, above=self, caller=caller.number)
        return self._inner[caller.number]

    def of(self, job: Job) -> Scope:
        """The scope in which a job of the attempt is defined. To be asked of the scope of the run's own file."""
        if not job.caller:
            return self
        caller = self.draft.job(job.caller)
        return self.of(caller).inner(caller)

    @cached_property
    def base(self) -> Contexts:
        """github, inputs and vars; they do not change while a decision is made."""
        if self.above is None:
            return run_contexts(self.draft.run, self.draft.attempt, self.plan)
        return self.above.base | {"inputs": self.draft.job(self.caller).inputs}

    def contexts(self, key: str) -> Contexts:
        """What the `if` and the strategy of a key may read."""
        known = self._contexts.get(key)
        if known is None:
            known = key_contexts(self.base, self.results, self.plan, key)
            if self.results.all_ended(self.plan.needs[key]):
                self._contexts[key] = known
        return known

    def shown(self, name: str) -> str:
        """The name that users see of a job whose own name this is: behind that of its caller."""
        return f"{self.draft.job(self.caller).name} / {name}" if self.caller else name

    def blocked(self, key: str) -> list[Job]:
        """The jobs of a key that have not been let go."""
        is_expanded = self.draft.family.is_expanded
        return [job for job in self.results.jobs(key) if job.status is Status.BLOCKED and not is_expanded(job)]
