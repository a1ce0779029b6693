"""A push becomes runs: for every ref that changed, every workflow file whose `on` matches starts one.

All runs of a push are made in one transaction. An unusable file makes a failed run that says where it is wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runyard.forge.changes import BRANCHES, BranchChange, branch_change, branch_tips
from runyard.forge.objects import Commit, ObjectReader, WorkflowFile, workflow_files
from runyard.kernel.state import Diagnostic
from runyard.language import Event, is_skipped, matches
from runyard.services import payload
from runyard.services.start_run import RunRequest, StartedRun, start_runs
from runyard.services.workflow_files import plan_of_file, problems_of

if TYPE_CHECKING:
    from runyard.forge.packets import RefUpdate
    from runyard.services.context import Services
    from runyard.store.repositories import Repository
    from runyard.store.users import User

TAGS = "refs/tags/"
MAX_BRANCHES = 5000
MAX_TAGS = 3


async def push(
    services: Services, repository: Repository, actor: User, updates: Sequence[RefUpdate]
) -> list[StartedRun]:
    """Start the runs of a push that has taken effect. More than 3 tags or 5000 branches at once start none."""
    relevant = _relevant(updates)
    if not relevant:
        return []
    requests = await asyncio.to_thread(_plan, services, repository, actor, relevant)
    if not requests:
        return []
    return await start_runs(services, repository, requests)


def _relevant(updates: Sequence[RefUpdate]) -> list[RefUpdate]:
    branches = [update for update in updates if update.ref.startswith(BRANCHES)]
    tags = [update for update in updates if update.ref.startswith(TAGS)]
    return (branches if len(branches) <= MAX_BRANCHES else []) + (tags if len(tags) <= MAX_TAGS else [])


def _plan(services: Services, repository: Repository, actor: User, updates: Sequence[RefUpdate]) -> list[RunRequest]:
    """Everything about a push that needs no transaction. Runs in a thread, with one process that reads objects."""
    path = services.hosting.path(repository.id)
    created = [update for update in updates if update.is_creation and update.ref.startswith(BRANCHES)]
    tips = branch_tips(path, updates) if created else []
    with ObjectReader(path) as reader:
        push = _Push(services.settings.base_url, repository, actor, reader)
        return [
            request
            for update in updates
            for occasion in push.occasions(update, tips)
            for request in push.requests(occasion)
        ]


@dataclass(frozen=True, slots=True)
class _Occasion:
    """One event at one commit, before it is known which files it starts."""

    event: str
    ref: str
    commit: Commit
    payload: dict[str, Any]
    change: BranchChange | None = None


class _Push:
    def __init__(self, base_url: str, repository: Repository, actor: User, reader: ObjectReader) -> None:
        self._base_url = base_url
        self._repository = repository
        self._actor = actor
        self._reader = reader
        self._files: dict[str, list[WorkflowFile]] = {}

    def occasions(self, update: RefUpdate, tips: Sequence[str]) -> Iterator[_Occasion]:
        """The events that the change of one ref is: push, and create or delete."""
        if update.is_deletion:
            yield from self._deletion(update)
            return
        head = self._reader.commit(update.after)
        if head is None:
            return
        change = None
        if update.ref.startswith(BRANCHES):
            change = branch_change(self._reader, update, tips)
        body = payload.push_payload(self._base_url, self._repository, self._actor, update, head, change)
        yield _Occasion("push", update.ref, head, body, change)
        if update.is_creation:
            yield _Occasion("create", update.ref, head, self._ref_payload(update.ref))

    def _deletion(self, update: RefUpdate) -> Iterator[_Occasion]:
        """A deletion runs what the default branch says about it."""
        default = BRANCHES + self._repository.default_branch
        head = self._reader.commit(default)
        if head is not None:
            yield _Occasion("delete", default, head, self._ref_payload(update.ref))

    def _ref_payload(self, ref: str) -> dict[str, Any]:
        return payload.ref_payload(self._base_url, self._repository, self._actor, ref)

    def requests(self, occasion: _Occasion) -> Iterator[RunRequest]:
        """One run for each file that the event starts, and for each unusable file at a push."""
        for file in self._files_at(occasion.commit):
            workflow = plan_of_file(file).workflow
            if workflow is not None and matches(_event(occasion), workflow):
                yield self._request(occasion, file, ())
            elif occasion.event == "push" and not is_skipped(occasion.commit.message):
                problems = problems_of(file)
                if problems:
                    yield self._request(occasion, file, problems)

    def _files_at(self, commit: Commit) -> list[WorkflowFile]:
        if commit.tree not in self._files:
            self._files[commit.tree] = workflow_files(self._reader, commit.tree)
        return self._files[commit.tree]

    def _request(self, occasion: _Occasion, file: WorkflowFile, diagnostics: tuple[Diagnostic, ...]) -> RunRequest:
        return RunRequest(
            workflow=file.path,
            source=file.text,
            title=occasion.commit.title or file.path,
            event=occasion.event,
            ref=occasion.ref,
            sha=occasion.commit.id,
            actor=self._actor,
            payload=occasion.payload,
            diagnostics=diagnostics,
        )


def _event(occasion: _Occasion) -> Event:
    change = occasion.change
    return Event(
        name=occasion.event,
        ref=occasion.ref,
        changed_files=tuple(change.changes.files) if change is not None and change.changes.complete else None,
        message=occasion.commit.message,
    )
