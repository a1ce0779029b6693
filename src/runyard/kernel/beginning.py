"""How an attempt begins: approved, if it comes from a fork, and with its concurrency group, if it has one."""

from __future__ import annotations

import hashlib

from runyard.kernel.causes import Cause
from runyard.kernel.emission import settle
from runyard.kernel.ending import end_job
from runyard.kernel.events import ApprovalRequested
from runyard.kernel.fields import Unusable
from runyard.kernel.grouping import request_for_attempt
from runyard.kernel.scope import Scope
from runyard.kernel.state import Run
from runyard.kernel.status import Status


def begin(scope: Scope, *, approval: bool = False) -> None:
    """Let jobs of the latest attempt go, or say what it waits for: with `approval` for that, then for its group.

    A mistake in `concurrency` fails all its jobs: nothing of such a run may begin, and nothing waits in silence.
    """
    draft = scope.draft
    if approval:
        draft.emit(ApprovalRequested(at=draft.at, sha=draft.run.sha, digest=digest(draft.run)))
    else:
        _request_group(scope)
    settle(scope)


def digest(run: Run) -> str:
    """What an approval is bound to beside the commit: the hex SHA-256 of all workflow files of the run."""
    found = hashlib.sha256()
    for part in (run.workflow, run.source, *(text for item in sorted(run.called.items()) for text in item)):
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "big"))
        found.update(data)
    return found.hexdigest()


def _request_group(scope: Scope) -> None:
    try:
        request_for_attempt(scope)
    except Unusable as mistake:
        for job in scope.draft.attempt.jobs.values():
            if job.status is Status.BLOCKED:
                end_job(scope.draft, job.number, Status.FAILURE, str(mistake), Cause.MISTAKE)
