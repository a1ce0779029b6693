"""Asks the server for tasks, as long as there is room for one."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable

from runyard.protocol.generated import runner_pb2
from runyard.runner.agent.client import RunnerClient
from runyard.runner.agent.errors import AgentError, ConnectError, UnreachableError

_log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds after which a question must have its answer."""

_INTERVAL = 2.0
_SHORTEST = 0.05
_HELD = 0.9
_LONGEST_DELAY = 10.0


class Poller:
    """One open question at a time. A server that holds it is asked again at once, another one every two seconds."""

    def __init__(self, client: RunnerClient, free: Callable[[], int], start: Callable[[runner_pb2.Task], None]) -> None:
        self._client = client
        self._free = free
        self._start = start
        self._version = 0
        self._key = str(uuid.uuid4())
        self._holds = False
        self._failures = 0
        self._room = asyncio.Event()
        self._room.set()

    def room_changed(self) -> None:
        """A job ended: there may be room again."""
        self._room.set()

    async def run(self) -> None:
        """Poll for ever. Raises AgentError when the server does not know this runner."""
        while True:
            while self._free() < 1:
                self._room.clear()
                await self._room.wait()
            await asyncio.sleep(await self._ask())

    async def _ask(self) -> float:
        """One question; how long to wait before the next one."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            answer = await self._client.fetch_task(self._version, self._free(), self._key, PATIENCE)
        except (ConnectError, UnreachableError) as error:
            return self._failed(error)
        self._key = str(uuid.uuid4())
        self._failures = 0
        tasks = [*([answer.task] if answer.HasField("task") else []), *answer.additional_tasks]
        for task in tasks:
            self._start(task)
        self._version = 0 if tasks else max(self._version, answer.tasks_version)
        if tasks:
            return 0
        self._holds = self._holds or loop.time() - start >= _HELD
        return _SHORTEST if self._holds else _INTERVAL * random.uniform(0.8, 1.2)  # noqa: S311

    def _failed(self, error: ConnectError | UnreachableError) -> float:
        if isinstance(error, ConnectError) and error.unregistered:
            raise AgentError(f"The server does not know this runner ({error.message}). Register it again.") from error
        if isinstance(error, ConnectError) and error.code == "deadline_exceeded":
            return _SHORTEST
        self._failures += 1
        _log.warning("cannot fetch a task: %s", error)
        return float(min(_LONGEST_DELAY, 0.25 * 2 ** min(self._failures, 8))) * random.uniform(0.5, 1)  # noqa: S311
