"""Server-Sent Events over HTTP: order, resuming, ends, silence."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import pytest
from sqlalchemy import update

from runyard.server.api import events
from runyard.services.cancel import cancel
from runyard.store import compaction, schema
from runyard.store.feed import START
from runyard.store.repositories import Repository
from tests.support.fleet import Yard, create_run
from tests.support.people import Person

P = "/api/v1/repos/ada/hello/actions"


@dataclass
class Message:
    """One event."""

    id: str
    event: str
    data: Any


class Stream:
    """An open event stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> Message | str | None:
        """The next event, the text of a comment, or None at the end of the stream."""
        fields: dict[str, str] = {}
        while raw := await self._response.content.readline():
            line = raw.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                await self._response.content.readline()
                return line
            if line:
                fields[name] = value
            elif "data" in fields:
                return Message(fields.get("id", ""), fields.get("event", ""), msgspec.json.decode(fields["data"]))
            else:
                fields.clear()
        return None

    async def rest(self) -> list[Message]:
        """All events that are still to come."""
        found = []
        while (message := await self.next()) is not None:
            assert isinstance(message, Message)
            found.append(message)
        return found


@contextlib.asynccontextmanager
async def stream(yard: Yard, path: str, **headers: str) -> AsyncIterator[Stream]:
    """Open a stream."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with yard.session.get(f"{yard.base}{P}{path}", headers=sent) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"
        yield Stream(response)


@pytest.fixture
async def run_id(yard: Yard, repository: Repository) -> int:
    """A run whose job waits."""
    return await create_run(yard.services, repository)


async def test_a_journal_from_the_beginning_to_the_end(yard: Yard, run_id: int) -> None:
    async with stream(yard, f"/runs/{run_id}/events") as journal:
        first = await journal.next()
        assert isinstance(first, Message)
        assert (first.id, first.event, first.data["type"]) == ("1", "run_created", "run_created")
        await cancel(yard.services, run_id, by="ada")
        rest = await journal.rest()
    assert rest[-1] == Message("", "end", {})
    numbers = [int(message.id) for message in rest[:-1]]
    assert numbers == list(range(2, len(rest) + 1))
    assert rest[-2].data["type"] == rest[-2].event
    assert any(message.event == "run_status_changed" and message.data["status"] == 3 for message in rest)


async def test_a_journal_resumes_and_the_header_wins(yard: Yard, run_id: int) -> None:
    await cancel(yard.services, run_id, by="ada")
    async with stream(yard, f"/runs/{run_id}/events") as journal:
        everything = await journal.rest()
    last = len(everything) - 1
    async with stream(yard, f"/runs/{run_id}/events?after={last - 2}") as journal:
        assert await journal.rest() == everything[-3:]
    async with stream(yard, f"/runs/{run_id}/events?after=0", Last_Event_ID=str(last - 1)) as journal:
        assert await journal.rest() == everything[-2:]
    async with stream(yard, f"/runs/{run_id}/events", Last_Event_ID=str(last)) as journal:
        assert await journal.rest() == everything[-1:]


async def test_a_log_from_before_the_job_starts(yard: Yard, nobody: Person, run_id: int) -> None:
    job = (await nobody.get(f"/repos/ada/hello/actions/runs/{run_id}/jobs")).json["jobs"][0]["id"]
    async with stream(yard, f"/jobs/{job}/logs/stream") as log:
        runner = await yard.runner("linux")
        task = (await runner.fetch(hold=20)).task
        await runner.log(task.id, 0, "one", "two")
        first = await log.next()
        assert isinstance(first, Message)
        assert (first.id, first.event) == ("2", "lines")
        assert [(line["index"], line["text"]) for line in first.data] == [(0, "one"), (1, "two")]
        assert first.data[0]["time"] // 1000 == 1_700_000_000_000_000
        await runner.log(task.id, 2, "three", no_more=True)
        await runner.update(task.id, 1)
        second, end = await log.rest()
    assert (second.id, [line["text"] for line in second.data]) == ("3", ["three"])
    assert end == Message("", "end", {})
    for path, headers in (
        (f"/jobs/{job}/logs/stream?from=2", {}),
        (f"/jobs/{job}/logs/stream", {"Last_Event_ID": "2"}),
    ):
        async with stream(yard, path, **headers) as log:
            assert await log.rest() == [second, end]


async def test_silence_is_filled_with_comments(yard: Yard, run_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.01)
    async with stream(yard, f"/runs/{run_id}/events") as journal:
        while not isinstance(await journal.next(), str):
            pass
        assert await journal.next() == ": alive"


async def test_a_client_that_leaves_is_forgotten(yard: Yard, run_id: int) -> None:
    signals = yard.services.database.signals
    async with stream(yard, f"/runs/{run_id}/events") as journal:
        await journal.next()
        assert signals.listeners(("run", run_id)) == 1
    async with asyncio.timeout(20):
        while signals.listeners(("run", run_id)):  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_stopping_server_ends_streams_without_an_end_event(yard: Yard, run_id: int) -> None:
    async with stream(yard, f"/runs/{run_id}/events") as journal:
        await journal.next()
        yard.services.database.signals.close()
        assert all(message.event != "end" for message in await journal.rest())


async def test_bad_positions_and_hidden_runs(ada: Person, nobody: Person, run_id: int) -> None:
    path = f"/repos/ada/hello/actions/runs/{run_id}/events"
    assert (await nobody.get(path, Last_Event_ID="x")).status == 400
    assert (await nobody.get(f"{path}?after=x")).status == 400
    assert (await nobody.get("/repos/ada/none/actions/runs/1/events")).status == 404
    assert (await nobody.get("/repos/ada/hello/actions/jobs/99/logs/stream")).status == 404


async def test_the_feed_of_a_repository_resumes_after_any_event(
    yard: Yard, repository: Repository, run_id: int
) -> None:
    async with stream(yard, "/events") as feed:
        snapshot = await feed.next()
        assert isinstance(snapshot, Message)
        assert (snapshot.event, [run["id"] for run in snapshot.data["runs"]]) == ("snapshot", [run_id])
        other = await create_run(yard.services, repository)
        await cancel(yard.services, run_id, by="ada")
        seen: list[Message] = []
        while not seen or seen[-1].data["run_id"] != run_id or seen[-1].event != "run_status_changed":
            message = await feed.next()
            assert isinstance(message, Message)
            seen.append(message)
    assert {message.data["run_id"] for message in seen} == {run_id, other}
    assert next(m.data["sequence"] for m in seen if m.data["run_id"] == other) == 1
    for place in (0, len(seen) // 2):
        async with stream(yard, "/events", Last_Event_ID=seen[place].id) as feed:
            again = [await feed.next() for _ in seen[place + 1 :]]
        assert again == seen[place + 1 :]


async def test_the_feed_of_all_runs_shows_what_the_caller_may_see(
    yard: Yard, repository: Repository, run_id: int
) -> None:
    path = f"{yard.base}/api/v1/actions/events"
    async with yard.session.get(path) as response:
        snapshot = await Stream(response).next()
    assert isinstance(snapshot, Message)
    assert [run["id"] for run in snapshot.data["runs"]] == [run_id]
    async with yard.session.get(path, headers={"Last-Event-ID": "nonsense"}) as response:
        assert response.status == 400
    await yard.services.database.write(lambda tx: tx.connection.execute(update(schema.repository).values(private=True)))
    async with yard.session.get(path) as response:
        hidden = await Stream(response).next()
    assert isinstance(hidden, Message)
    assert hidden.data["runs"] == []


async def test_a_client_behind_removed_events_gets_a_snapshot(yard: Yard, run_id: int) -> None:
    await cancel(yard.services, run_id, by="ada")
    await yard.services.database.write(lambda tx: compaction.compact(tx, START, 2**62))
    async with stream(yard, f"/runs/{run_id}/events", Last_Event_ID="3") as journal:
        resync, snapshot, end = await journal.rest()
    assert (resync.event, snapshot.event, end.event) == ("resync", "snapshot", "end")
    assert snapshot.data["status"] == 3
    assert snapshot.data["jobs"] == [{"job": 1, "name": "build", "status": 3, "calls": "", "caller": 0}]
