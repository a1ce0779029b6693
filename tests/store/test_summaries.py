"""Job summaries."""

from __future__ import annotations

from runyard.store import Database, runs, summaries
from runyard.store.repositories import Repository
from tests.store.histories import claimed, waiting_run


async def test_summaries_are_replaced_and_removed_per_step(database: Database, repository: Repository) -> None:
    run_id, run = await database.write(lambda tx: runs.create(tx, waiting_run(repository.id)))
    task_id = (await database.write(lambda tx: runs.append(tx, run_id, run, claimed()))).task_ids[1, 1, 1]
    assert await database.read(lambda tx: summaries.read(tx, task_id)) == {}
    await database.write(lambda tx: summaries.put(tx, task_id, 2, "# Two"))
    await database.write(lambda tx: summaries.put(tx, task_id, 0, "nul \x00"))
    await database.write(lambda tx: summaries.put(tx, task_id, 2, "# Second"))
    assert await database.read(lambda tx: list(summaries.read(tx, task_id).items())) == [
        (0, "nul \ufffd"),
        (2, "# Second"),
    ]
    await database.write(lambda tx: summaries.put(tx, task_id, 2, ""))
    assert await database.read(lambda tx: summaries.read(tx, task_id)) == {0: "nul \ufffd"}
