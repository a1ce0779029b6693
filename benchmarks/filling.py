"""Many finished runs at once, by SQL alone: rows as the store would have left them, without their journal."""

from __future__ import annotations

from runyard.store import Tx

RUNS = """
INSERT INTO run (repository_id, number, workflow, title, event, ref, sha, actor, status, created, started, stopped,
                 attempt, sequence, fork, author, concurrent)
WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
SELECT {repository}, i, '.github/workflows/ci.yml', 'a change', 'push', 'refs/heads/main',
       '0123456789012345678901234567890123456789', 'ada', CASE WHEN i % 10 = 0 THEN 2 ELSE 1 END, i, i, i,
       1, 9, FALSE, '', FALSE FROM n
"""
BELOW = (
    "INSERT INTO attempt (run_id, number, status, triggered_by, debug, created, started, stopped) "
    "SELECT id, 1, status, 'ada', FALSE, 1, 1, 1 FROM run WHERE repository_id = {repository}",
    'INSERT INTO job (run_id, attempt, number, "key", name, status, needs, runs_on, matrix_index, matrix_total, '
    "max_parallel, fail_fast, deferred, continue_on_error, timeout_minutes, created, started, stopped, source_attempt, "
    "cause) SELECT id, 1, 1, 'build', 'build', status, '[]', '[\"linux\"]', 0, 1, 0, TRUE, FALSE, FALSE, 360, 1, 1, 1, "
    "0, '' FROM run WHERE repository_id = {repository}",
    "INSERT INTO task (job_id, number, runner_id, runner_name, status, started, stopped, cause, log_lines, "
    "log_complete) SELECT job.id, 1, 1, 'r1', job.status, 1, 1, '', 0, TRUE FROM job JOIN run ON run.id = job.run_id "
    "WHERE run.repository_id = {repository}",
)


def runs(tx: Tx, repository_id: int, first: int, last: int) -> None:
    """Run rows with the numbers `first` to `last`; every tenth has failed, the others succeeded."""
    tx.raw.execute(RUNS.format(repository=repository_id, first=first, last=last))


def jobs(tx: Tx, repository_id: int) -> None:
    """One attempt, job and task for each run of the repository, none of which has any yet."""
    for statement in BELOW:
        tx.raw.execute(statement.format(repository=repository_id))


def analyze(tx: Tx) -> None:
    """What PostgreSQL's autovacuum does some time after such a change."""
    if tx.dialect == "postgresql":
        tx.raw.execute("ANALYZE")
