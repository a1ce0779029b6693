"""Simulated runners: they speak the protocol's messages to the real services, work, fail, die, and come back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from functools import partial
from random import Random
from typing import Any, TypeVar

from runyard.protocol.generated import runner_pb2 as pb
from runyard.services import dispatch, register, report
from runyard.services.context import Services
from runyard.services.errors import ServiceError
from runyard.services.waiting import Fetched
from tests.simulation.loop import pause
from tests.simulation.network import Network
from tests.simulation.server import EPOCH, Down

T = TypeVar("T")

PATIENCE = 3600.0
HEARD_SECONDS = 20.0
"""A runner that has no news says so often that it is there; its lease is a minute."""
OUTPUTS = ("[1, 2]", '["a", {"b": 1}]', "oops", "", "[]")


class Work:
    """A task in the hands of a runner: which rows of its log were acknowledged, and whether it was told to stop.

    `secrets`: what came with it that nobody else may learn, by name.
    """

    def __init__(self, task: pb.Task) -> None:
        self.id = task.id
        job = next(iter(json.loads(task.workflow_payload)["jobs"].values()))
        self.steps = len(job["steps"])
        self.outputs = tuple(job.get("outputs", ()))
        self.rows: list[str] = []
        self.acknowledged = 0
        self.stopped = False
        self.event = task.context.fields["event_name"].string_value
        self.secrets = dict(task.secrets)
        for name, value in task.context.fields.items():
            if name.endswith("token"):
                self.secrets[name] = value.string_value


class Runner:
    """One machine. `capacity` tasks at once; without `graceful` it is silent once it was told to cancel."""

    def __init__(
        self, network: Network, random: Random, labels: tuple[str, ...], *, capacity: int, graceful: bool
    ) -> None:
        self.network = network
        self.random = random
        self.labels = labels
        self.capacity = capacity
        self.graceful = graceful
        self.keyed = random.random() < 0.5
        self.works: list[Work] = []
        self.frozen: asyncio.Event = asyncio.Event()
        self.frozen.set()
        self._jobs: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(capacity)
        self.secret = self._uuid = ""
        self._life: asyncio.Task[None] | None = None

    async def enlist(self, services: Services, name: str) -> None:
        """Become known to the server."""
        capabilities = ("cancelling",) if self.graceful else ()
        row, self.secret = await register.create_runner(services, name=name, labels=self.labels)
        self._uuid = row.uuid
        known = await register.known_runner(services, self._uuid, self.secret, active=False)
        request = pb.DeclareRequest(version="1", labels=self.labels, capabilities=capabilities)
        await register.declare(services, known, request)

    def begin(self) -> None:
        """Start to ask for work."""
        self._life = asyncio.ensure_future(self._ask_for_work())

    def die(self) -> None:
        """Lose everything it was doing."""
        for task in [*self._jobs, self._life]:
            if task is not None:
                task.cancel()
        self._jobs.clear()
        self._free = asyncio.Semaphore(self.capacity)
        self._life = None

    @property
    def alive(self) -> bool:
        """Whether it asks for work."""
        return self._life is not None

    async def _ask_for_work(self) -> None:
        version = 0
        key = ""
        while True:
            await self._free.acquire()
            self._free.release()
            await self.frozen.wait()
            key = key or (f"{self.random.getrandbits(64):016x}" if self.keyed else "")
            try:
                fetched = await self._call(partial(self._fetch, version=version, key=key))
            except Down:
                await asyncio.sleep(self.random.uniform(0.1, 5))
                continue
            except ServiceError:
                await asyncio.sleep(5)
                continue
            key = ""
            version = 0 if fetched.tasks else fetched.tasks_version
            for message in fetched.tasks:
                await self._free.acquire()
                job = asyncio.ensure_future(self._perform(Work(pb.Task.FromString(message))))
                self._jobs.add(job)
                job.add_done_callback(self._done)

    def _done(self, job: asyncio.Task[None]) -> None:
        if job in self._jobs:
            self._jobs.discard(job)
            self._free.release()
        if not job.cancelled():
            job.result()

    async def _fetch(self, services: Services, *, version: int, key: str) -> Fetched:
        known = await register.known_runner(services, self._uuid, self.secret, active=False)
        gone = asyncio.get_running_loop().create_future()
        return await dispatch.fetch(
            services, known, tasks_version=version, request_key=key, patience=PATIENCE, gone=gone
        )

    async def _perform(self, work: Work) -> None:
        """Do a task's steps, write its log, report its end. Gives up when the server says that it is not its own."""
        self.works.append(work)
        states = [pb.StepState(id=index) for index in range(work.steps)]
        result = pb.RESULT_SUCCESS
        try:
            for state in states:
                if result != pb.RESULT_SUCCESS or work.stopped:
                    state.result = pb.RESULT_CANCELLED if work.stopped else pb.RESULT_SKIPPED
                    continue
                state.result = await self._step(work, states, state)
                if state.result == pb.RESULT_FAILURE:
                    result = pb.RESULT_FAILURE
            if work.stopped:
                if not self.graceful:
                    return
                result = pb.RESULT_CANCELLED
            await self._log(work, last=True)
            await self._report(work, states, result)
        except ServiceError:
            return

    async def _step(self, work: Work, states: list[pb.StepState], state: pb.StepState) -> pb.Result:
        state.started_at.FromMilliseconds(self._now())
        state.log_index = len(work.rows)
        left = self.random.choice((0.05, 1, 10, 60))
        await self._report(work, states)
        while left > 0 and not work.stopped:
            silence = min(left, HEARD_SECONDS)
            await pause(silence)
            await self.frozen.wait()
            left -= silence
            work.rows += [f"line {len(work.rows) + number}" for number in range(self.random.randrange(3))]
            await self._log(work)
            if left > 0:
                await self._report(work, states)
        state.stopped_at.FromMilliseconds(self._now())
        state.log_length = len(work.rows) - state.log_index
        if work.stopped:
            return pb.RESULT_CANCELLED
        return pb.RESULT_FAILURE if self.random.random() < 0.12 else pb.RESULT_SUCCESS

    async def _log(self, work: Work, *, last: bool = False) -> None:
        if work.acknowledged == len(work.rows) and not last:
            return
        rows = [pb.LogRow(content=row) for row in work.rows[work.acknowledged :]]
        request = pb.UpdateLogRequest(task_id=work.id, index=work.acknowledged, rows=rows, no_more=last)

        async def send(services: Services) -> int:
            known = await register.known_runner(services, self._uuid, self.secret, active=True)
            return await report.update_log(services, known, request)

        work.acknowledged = max(work.acknowledged, await self._until_answered(send))

    async def _report(self, work: Work, states: list[pb.StepState], result: pb.Result = pb.RESULT_UNSPECIFIED) -> None:
        outputs = {name: self.random.choice(OUTPUTS) for name in work.outputs} if result else {}
        task = pb.TaskState(id=work.id, result=result, steps=states)
        request = pb.UpdateTaskRequest(state=task, outputs=outputs)

        async def send(services: Services) -> bytes:
            known = await register.known_runner(services, self._uuid, self.secret, active=True)
            return await report.update_task(services, known, request, request.SerializeToString())

        answer = pb.UpdateTaskResponse.FromString(await self._until_answered(send))
        work.stopped = work.stopped or answer.state.result != pb.RESULT_UNSPECIFIED

    async def _until_answered(self, send: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
        while True:
            try:
                return await self._call(send)
            except Down:
                await pause(self.random.uniform(0.1, 3))

    async def _call(self, verb: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
        await self.frozen.wait()
        return await self.network.call(verb)

    def _now(self) -> int:
        return EPOCH + int(asyncio.get_running_loop().time() * 1000)
