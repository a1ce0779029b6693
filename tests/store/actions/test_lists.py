"""Lists: filters, order, pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runyard.store.actions import (
    Action,
    ActionIdentifier,
    ActionPhase,
    ActionRepo,
    And,
    Direction,
    Expression,
    Filter,
    FilterFunction,
    InvalidList,
    IsNull,
    ListResourceInput,
    Or,
    RunIdentifier,
    SortParameter,
)
from runyard.store.actions.conditions import holds
from runyard.store.database import Database, Tx
from runyard.store.schema import action as action_table
from tests.store.actions.helpers import ROOT, RUN, Clock, child, make

F = FilterFunction
BY_AGE = (SortParameter("created_at", Direction.ASCENDING), SortParameter("name", Direction.ASCENDING))


async def names(repo: ActionRepo, **asked: Any) -> list[str]:
    """Names in the order of a list."""
    return [action.name for action in await repo.list_actions(ListResourceInput(**asked))]


async def test_one_row_more_tells_that_there_are_more(repo: ActionRepo) -> None:
    for number in range(3):
        await make(repo, f"n{number}", "a0")
    assert len(await repo.list_actions(ListResourceInput(limit=2))) == 3
    assert len(await repo.list_actions(ListResourceInput(limit=2, offset=2))) == 1
    page = await repo.list_page(ListResourceInput(limit=2))
    assert len(page.actions) == 2
    rest = await repo.list_page(ListResourceInput(limit=2, cursor_token=page.token))
    assert (len(rest.actions), rest.token) == (1, "")
    assert (await repo.list_page(ListResourceInput(limit=3))).token == ""


@pytest.mark.parametrize(
    "asked",
    [
        ListResourceInput(limit=201),
        ListResourceInput(limit=-1),
        ListResourceInput(offset=-1),
        ListResourceInput(cursor_token="x"),
        ListResourceInput(cursor_token="bnVsbA"),
        ListResourceInput(keyset_after_name="a"),
        ListResourceInput(keyset_after_created_at=5, sort_parameters=BY_AGE),
        ListResourceInput(keyset_after_created_at=5, keyset_after_name="a"),
        ListResourceInput(keyset_after_created_at=5, keyset_after_name="a", sort_parameters=BY_AGE[::-1]),
        ListResourceInput(keyset_after_created_at=5, keyset_after_name="a", sort_parameters=BY_AGE, offset=1),
        ListResourceInput(sort_parameters=[SortParameter("labels")]),
        ListResourceInput(filter=Filter("phase", F.EQUAL, "nonsense")),
        ListResourceInput(filter=Filter("phase", F.CONTAINS, "1")),
        ListResourceInput(filter=Filter("phase", F.EQUAL, [])),
        ListResourceInput(filter=Filter("duration_ms", F.LESS_THAN, [1, 2])),
        ListResourceInput(filter=Filter("created_at", F.EQUAL, "yesterday")),
    ],
)
async def test_what_makes_no_sense_is_refused(repo: ActionRepo, asked: ListResourceInput) -> None:
    with pytest.raises(InvalidList):
        await repo.list_actions(asked)


async def test_a_token_belongs_to_its_order(repo: ActionRepo) -> None:
    for number in range(3):
        await make(repo, f"n{number}", "a0")
    token = (await repo.list_page(ListResourceInput(limit=1))).token
    with pytest.raises(InvalidList, match="none of this list"):
        await repo.list_actions(ListResourceInput(cursor_token=token, sort_parameters=BY_AGE))


async def test_default_limits(repo: ActionRepo, database: Database) -> None:
    await _many(repo, database, 60)
    assert len(await repo.list_actions(ListResourceInput(limit=0))) == 51


async def test_ten_thousand_tied_times_page_without_loss(repo: ActionRepo, database: Database) -> None:
    await _many(repo, database, 10_000)
    for order in ((), BY_AGE, (SortParameter("phase"),)):
        seen: list[str] = []
        asked = ListResourceInput(limit=200, sort_parameters=order)
        while True:
            page = await repo.list_page(asked)
            seen += [action.name for action in page.actions]
            if not page.token:
                break
            asked = replace(asked, cursor_token=page.token)
        assert len(seen) == 10_000
        assert sorted(seen) == [f"n{number:05}" for number in range(10_000)]
        assert seen == sorted(seen, reverse=not order)


async def test_the_keyset_of_time_and_name(repo: ActionRepo, database: Database, clock: Clock) -> None:
    await _many(repo, database, 250)
    seen: list[str] = []
    asked = ListResourceInput(limit=50, sort_parameters=BY_AGE)
    while rows := (await repo.list_actions(asked))[:50]:
        seen += [action.name for action in rows]
        last = rows[-1]
        asked = replace(asked, keyset_after_created_at=last.created_at, keyset_after_name=last.name)
    assert seen == [f"n{number:05}" for number in range(250)]


async def test_newest_first_by_default(repo: ActionRepo, clock: Clock) -> None:
    for name in ("a0", "b", "c"):
        await make(repo, name, None if name == "a0" else "a0")
        clock.advance(1)
    assert await names(repo) == ["c", "b", "a0"]
    assert await names(repo, sort_parameters=[SortParameter("name", Direction.ASCENDING)]) == ["a0", "b", "c"]


EXPRESSIONS: list[Expression] = [
    Filter("project", F.EQUAL, "shop"),
    Filter("name", F.NOT_EQUAL, ["b", "c"]),
    Filter("phase", F.GREATER_THAN, 4),
    Filter("phase", F.VALUE_NOT_IN, ["running", "5"]),
    Filter("created_at", F.GREATER_THAN_OR_EQUAL, 1_700_000_001_000),
    Filter("created_at", F.LESS_THAN, "2023-11-14T22:13:22+00:00"),
    Filter("task_name", F.CONTAINS, ["one", "Two"]),
    Filter("task_name", F.CONTAINS, ""),
    Filter("task_name", F.ENDS_WITH, ["o", "pkg.one"]),
    Filter("task_name", F.NOT_ENDS_WITH, "one"),
    Filter("task_name", F.CONTAINS_CASE_INSENSITIVE, "TWO"),
    IsNull("parent_action_name"),
    IsNull("ended_at"),
    And(Filter("action_group", F.EQUAL, "g"), Or(IsNull("ended_at"), Filter("attempts", F.GREATER_THAN, "1"))),
    Or(),
    And(),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=repr)
async def test_filters_mean_the_same_in_sql_and_in_memory(
    repo: ActionRepo, clock: Clock, expression: Expression
) -> None:
    tasks = ("pkg.one", "pkg.Two", "", "two", "x%o")
    for number, task in enumerate(tasks):
        await make(
            repo, f"{'abcde'[number]}", None if not number else "a", task_name=task, attempts=number,
            phase=(ActionPhase.RUNNING, ActionPhase.SUCCEEDED, ActionPhase.QUEUED, ActionPhase.FAILED)[number % 4],
            action_group="g" if number % 2 else "",
        )  # fmt: skip
        clock.advance(1)
    await make(repo, run=RunIdentifier("", "other", "d", "r"))
    everything = await repo.list_actions()
    expected = [action.id for action in everything if holds(expression, action)]
    assert [action.id for action in await repo.list_actions(ListResourceInput(filter=expression))] == expected
    assert 0 < len(expected) < 6 or expression in (And(), Or(), Filter("task_name", F.CONTAINS, ""))


async def test_paused_runs(repo: ActionRepo) -> None:
    await make(repo, phase=ActionPhase.RUNNING)
    await make(repo, "gate", "a0", phase=ActionPhase.PAUSED)
    assert await names(repo, filter=[Filter("phase", F.VALUE_IN, [9])], scope_by_filter=Filter("run", F.EQUAL, "r1")) == ["gate"]  # fmt: skip  # noqa: E501
    assert await names(repo, filter=[IsNull("parent_action_name"), Filter("phase", F.EQUAL, 9)]) == []


async def test_root_actions(repo: ActionRepo, clock: Clock) -> None:
    for number in range(4):
        run = replace(RUN, name=f"r{number}", project="shop" if number % 2 else "desk")
        await make(repo, run=run)
        await make(repo, "child", "a0", run=run)
        clock.advance(10)
    clock.now -= 40_000

    async def found(*arguments: Any) -> list[str]:
        return [action.id.run.name for action in await repo.list_root_actions(*arguments)]

    assert await found("", "", None, None, 0) == ["r3", "r2", "r1", "r0"]
    assert await found("shop", "production", None, None, 10) == ["r3", "r1"]
    assert await found("shop", "staging", None, None, 10) == []
    assert await found("", "production", clock.at(10), clock.at(20), 10) == ["r2", "r1"]
    assert await found("", "", None, None, 2) == ["r3", "r2"]


async def _many(repo: ActionRepo, database: Database, count: int) -> None:
    """Actions of one moment, without their history."""
    await make(repo, "n00000")

    def write(tx: Tx) -> None:
        row = dict(tx.connection.execute(action_table.select()).mappings().one())
        row.pop("id")
        rows = [{**row, "name": f"n{number:05}", "parent": "n00000"} for number in range(1, count)]
        tx.connection.execute(action_table.insert(), rows)

    await database.write(write)


async def test_an_action_in_a_list_is_the_action(repo: ActionRepo) -> None:
    await make(repo, task_name="t", action_spec=b"s")
    await repo.abort_run(RUN, "why", "ada")
    assert await repo.list_actions() == [await repo.get_action(ROOT)] == await repo.list_root_actions()
    assert isinstance(await repo.get_action(ROOT), Action)
    assert child("a0") == ActionIdentifier(RUN)
