"""The tables. Times are integer milliseconds since the epoch, 0 = not yet; statuses are Gitea's numbers; JSON is text.

`queue` holds a row exactly while a job waits, `lease` exactly while a task is open.
"""

from __future__ import annotations

from runyard.store.schema.actions import (
    action,
    action_attempt,
    action_change,
    action_event,
    action_state,
    action_tree,
    action_trigger,
)
from runyard.store.schema.base import metadata
from runyard.store.schema.control import concurrency, disabled_workflow, leader, repository_policy, trusted_author
from runyard.store.schema.data import (
    artifact,
    cache,
    retention_policy,
    run_hold,
    schedule,
    schedule_spec,
    secret,
    variable,
)
from runyard.store.schema.feed import consumer, feed
from runyard.store.schema.logs import log_chunk, summary
from runyard.store.schema.people import access_token, owner, repository
from runyard.store.schema.queue import counter, label_set, queue
from runyard.store.schema.runners import runner, runner_token
from runyard.store.schema.runs import attempt, job, journal, lease, output, run, step, task

__all__ = [
    "access_token",
    "action",
    "action_attempt",
    "action_change",
    "action_event",
    "action_state",
    "action_tree",
    "action_trigger",
    "artifact",
    "attempt",
    "cache",
    "concurrency",
    "consumer",
    "counter",
    "disabled_workflow",
    "feed",
    "job",
    "journal",
    "label_set",
    "leader",
    "lease",
    "log_chunk",
    "metadata",
    "output",
    "owner",
    "queue",
    "repository",
    "repository_policy",
    "retention_policy",
    "run",
    "run_hold",
    "runner",
    "runner_token",
    "schedule",
    "schedule_spec",
    "secret",
    "step",
    "summary",
    "task",
    "trusted_author",
    "variable",
]
