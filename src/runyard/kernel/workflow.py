"""The workflow files of a run as the kernel needs them: definitions, the order of needs, and who depends on whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from runyard import language
from runyard.kernel.state import Diagnostic, Run
from runyard.language.model import Job as Definition
from runyard.language.model import Workflow

CACHED_FILES = 256


class Plan:
    """One parsed file. Keys and needs are job ids as the file spells them where it defines them.

    A file that cannot be used has diagnostics, no workflow and no jobs.
    """

    def __init__(self, workflow: Workflow | None, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.workflow = workflow
        self.diagnostics = diagnostics
        self.jobs: Mapping[str, Definition] = workflow.jobs if workflow else {}
        self.needs: dict[str, tuple[str, ...]] = {key: job.needs for key, job in self.jobs.items()}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All keys, each after the ones it needs, otherwise as in the file."""
        done: dict[str, None] = {}
        for first in self.jobs:
            path = [first]
            while path:
                missing = [need for need in self.needs[path[-1]] if need not in done]
                if missing:
                    path.append(missing[0])
                else:
                    done[path.pop()] = None
        return tuple(done)

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """For each key the keys it needs, and theirs."""
        found: dict[str, frozenset[str]] = {}
        for key in self.order:
            found[key] = frozenset(self.needs[key]).union(*(found.get(need, ()) for need in self.needs[key]))
        return found

    @cached_property
    def steps(self) -> dict[str, tuple[str, ...]]:
        """For each key the titles of its steps."""
        return {key: tuple(language.step_title(step) for step in job.steps) for key, job in self.jobs.items()}

    @cached_property
    def deferred(self) -> frozenset[str]:
        """Keys whose matrix is known only when their needs are done."""
        return frozenset(key for key, job in self.jobs.items() if _strategy_reads_needs(job))

    @cached_property
    def calls(self) -> dict[str, str]:
        """For each key that calls a reusable workflow the reference of that."""
        if self.workflow is None:
            return {}
        caller = self.workflow
        return {key: language.called_reference(caller, job) for key, job in self.jobs.items() if job.uses is not None}

    @cached_property
    def called(self) -> dict[str, Plan]:
        """For each key that calls a reusable workflow the plan of that; empty where calls have not been followed."""
        return {key: Plan(job.called, ()) for key, job in self.jobs.items() if job.called is not None}

    def dependents(self, keys: frozenset[str]) -> frozenset[str]:
        """All keys that need one of these, directly or not."""
        return frozenset(key for key in self.jobs if not keys.isdisjoint(self.ancestors[key]))


def plan_of(run: Run) -> Plan:
    """The plan of a run, calls followed; cheap after the first time."""
    return followed(run.workflow, run.source, run.called)


def followed(path: str, source: str, called: Mapping[str, str]) -> Plan:
    """Parse a workflow file and bind the reusable workflows that it calls, whose texts are given by reference."""
    found = plan(path, source)
    return _followed(path, source, tuple(called.items())) if found.calls else found


@lru_cache(maxsize=CACHED_FILES)
def plan(path: str, source: str) -> Plan:
    """Parse a workflow file. Calls are not followed: enough to see what starts it."""
    return _plan(language.parse(source, path))


@lru_cache(maxsize=CACHED_FILES)
def _followed(path: str, source: str, called: tuple[tuple[str, str], ...]) -> Plan:
    return _plan(language.parse(source, path, load=dict(called).get))


def _plan(parsed: language.ParseResult) -> Plan:
    diagnostics = tuple(
        Diagnostic(each.path, each.line, each.column, each.code, each.message, str(each.severity))
        for each in parsed.diagnostics
    )
    if parsed.workflow is None or any(each.severity == "error" for each in diagnostics):
        return Plan(None, diagnostics)
    return Plan(parsed.workflow, ())


def _strategy_reads_needs(job: Definition) -> bool:
    if job.strategy is None:
        return False
    strategy = job.strategy
    return "needs" in language.expression_contexts((strategy.matrix, strategy.fail_fast, strategy.max_parallel))
