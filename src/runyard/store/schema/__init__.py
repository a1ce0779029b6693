"""The tables. Times are integer milliseconds since the epoch, 0 = not yet; statuses are Gitea's numbers; JSON is text.

`queue` holds a row exactly while a job waits, `lease` exactly while a task is open.
"""

from __future__ import annotations

from runyard.store.schema.base import metadata
from runyard.store.schema.logs import log_chunk, summary
from runyard.store.schema.people import access_token, owner, repository
from runyard.store.schema.queue import counter, label_set, queue
from runyard.store.schema.runners import runner, runner_token
from runyard.store.schema.runs import attempt, job, journal, lease, output, run, step, task

__all__ = [
    "access_token",
    "attempt",
    "counter",
    "job",
    "journal",
    "label_set",
    "lease",
    "log_chunk",
    "metadata",
    "output",
    "owner",
    "queue",
    "repository",
    "run",
    "runner",
    "runner_token",
    "step",
    "summary",
    "task",
]
