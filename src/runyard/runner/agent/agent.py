"""The life of an agent: declare, poll, run, report, stop."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from runyard import __version__
from runyard.protocol.generated import runner_pb2
from runyard.runner.agent.client import RunnerClient, new_session
from runyard.runner.agent.convert import task_of
from runyard.runner.agent.errors import AgentError, ConnectError, UnreachableError
from runyard.runner.agent.lane import Lane
from runyard.runner.agent.poller import Poller
from runyard.runner.agent.registration import CAPABILITIES, Registration
from runyard.runner.agent.task_reporter import TaskReporter
from runyard.runner.cancellation import Cancellation
from runyard.runner.job import execute
from runyard.runner.settings import RunnerSettings
from runyard.runner.task import Result

_log = logging.getLogger(__name__)

_UNREPORTED_PER_SLOT = 4
_FAREWELL = 30.0
_SAME_SECONDS = 1.0
_PER_LANE = 4


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """`capacity` jobs at once. At the end running jobs have `shutdown_timeout` seconds before they are cancelled."""

    registration: Registration
    settings: RunnerSettings
    capacity: int = 1
    shutdown_timeout: float = 0.0


@dataclass(slots=True)
class _Running:
    """`execution` ends with the job, `work` when the server has heard of it."""

    cancel: Cancellation
    reporter: TaskReporter
    execution: asyncio.Future[Result]
    work: asyncio.Task[None] | None = None


async def run_agent(config: AgentConfig, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM; a second signal cancels the running jobs. Raises AgentError.

    The same signal again within a second is the same request: the kernel repeats the one that tells of a parent's
    death.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    first: list[tuple[signal.Signals, float]] = []

    def asked(number: signal.Signals) -> None:
        if first and (number != first[0][0] or loop.time() - first[0][1] > _SAME_SECONDS):
            hurry.set()
        first.append((number, loop.time()))
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number)
    gc.freeze()
    try:
        await serve_agent(config, stop, hurry, ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def serve_agent(
    config: AgentConfig,
    stop: asyncio.Event,
    hurry: asyncio.Event | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until `stop` is set; `hurry` cancels the running jobs then. `ready` is called before the first question."""
    async with new_session() as session:
        registration = config.registration
        client = RunnerClient(session, registration.address, registration.uuid, registration.token)
        await _declare(client, registration)
        ready()
        agent = _Agent(config, client)
        await agent.poll_until(stop)
        await agent.finish(hurry or asyncio.Event())


async def _declare(client: RunnerClient, registration: Registration) -> None:
    """Say who we are, until the server listens. Raises AgentError when it does not know us."""
    delay = 0.25
    while True:
        try:
            await client.declare(f"v{__version__}", registration.label_names, CAPABILITIES)
            return
        except ConnectError as error:
            if error.unregistered:
                raise AgentError(f"{registration.address} does not know this runner. Register it again.") from error
            if error.code == "unimplemented":
                _log.warning("%s does not know how to declare a runner: going on", registration.address)
                return
            _log.warning("cannot declare this runner: %s", error)
        except UnreachableError as error:
            _log.warning("cannot declare this runner: %s", error)
        await asyncio.sleep(delay)
        delay = min(delay * 2, 10.0)


class _Agent:
    """The running jobs of one connection."""

    def __init__(self, config: AgentConfig, client: RunnerClient) -> None:
        self._config = config
        self._client = client
        self._running: dict[int, _Running] = {}
        self._executing = 0
        self._ephemeral = config.registration.ephemeral
        self._capacity = 1 if self._ephemeral else config.capacity
        self._lanes = itertools.cycle([Lane() for _ in range(-(-self._capacity // _PER_LANE))])
        self._enough = asyncio.Event()
        self._poller = Poller(client, self._free, self._start)
        self._threads = ThreadPoolExecutor(self._capacity, thread_name_prefix="job")

    async def poll_until(self, stop: asyncio.Event) -> None:
        """Ends on `stop`, or when an ephemeral runner has done its task. Raises AgentError when we are unknown."""
        polling = asyncio.create_task(self._poller.run())
        others = [asyncio.create_task(stop.wait()), asyncio.create_task(self._enough.wait())]
        await asyncio.wait([polling, *others], return_when=asyncio.FIRST_COMPLETED)
        for task in (polling, *others):
            task.cancel()
        await asyncio.wait([polling, *others])
        if not polling.cancelled() and (error := polling.exception()):
            await self.finish(asyncio.Event())
            raise error

    async def finish(self, hurry: asyncio.Event) -> None:
        """Wait for the running jobs, cancel them when the time is over, and send their last reports."""
        executions = [one.execution for one in self._running.values()]
        if executions:
            hurrying = asyncio.create_task(hurry.wait())
            everything = asyncio.ensure_future(asyncio.wait(executions))
            await asyncio.wait(
                [everything, hurrying],
                timeout=self._config.shutdown_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            hurrying.cancel()
            for one in self._running.values():
                one.cancel.request("the runner stops")
            await everything
        if works := [one.work for one in self._running.values() if one.work]:
            _, unheard = await asyncio.wait(works, timeout=_FAREWELL)
            for work in unheard:
                work.cancel()
            if unheard:
                _log.error("the server did not answer: the end of %d job(s) is not reported", len(unheard))
                await asyncio.wait(unheard)
        self._threads.shutdown()

    def _free(self) -> int:
        """Room for jobs. Ended jobs that the server has not heard of yet take room too when they are many."""
        unreported = len(self._running) - self._executing
        if self._ephemeral and self._running:
            return 0
        return 0 if unreported >= self._capacity * _UNREPORTED_PER_SLOT else self._capacity - self._executing

    def _start(self, message: runner_pb2.Task) -> None:
        """A task that runs already is not started again."""
        if message.id in self._running:
            return
        cancel = Cancellation()
        settings = self._config.settings
        spool = settings.work_root / "_spool"
        task = task_of(message)
        reporter = TaskReporter(
            self._client,
            task.id,
            task.context,
            spool=spool,
            lane=next(self._lanes),
            cancel=cancel.request,
            force=cancel.force,
        )
        execution = asyncio.get_running_loop().run_in_executor(self._threads, execute, task, reporter, settings, cancel)
        running = _Running(cancel, reporter, execution)
        self._running[message.id] = running
        self._executing += 1
        running.work = asyncio.create_task(self._report(message.id, running))

    async def _report(self, task_id: int, running: _Running) -> None:
        delivery = asyncio.create_task(running.reporter.deliver())
        try:
            result = await running.execution
            running.reporter.finish(result.conclusion)
            self._executing -= 1
            self._poller.room_changed()
            await delivery
        except Exception:
            _log.exception("task %d: its end could not be reported", task_id)
        finally:
            delivery.cancel()
            running.cancel.close()
            del self._running[task_id]
            self._poller.room_changed()
            if self._ephemeral:
                self._enough.set()
