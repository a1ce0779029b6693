"""The server's one ASGI application: a thin front that sends each request to the part that answers it.

`/api/actions/…` is the runner protocol (but for what jobs ask for their own actions), git's paths go to the
repositories, everything else to the API and the pages.
The lifespan runs the server's background work: giving out jobs, ending expired tasks, keeping presence,
serving consumers, removing what is old.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, cast

from runyard.server.api import create_api
from runyard.server.api.job_actions import PATH as JOB_ACTIONS
from runyard.server.git import GitApp, is_git_path
from runyard.server.rpc import PREFIX, create_rpc
from runyard.server.throttle import Throttle
from runyard.services.compact import run_compaction
from runyard.services.consume import serve
from runyard.services.context import Services
from runyard.services.dispatch import run_dispatcher
from runyard.services.errors import refusal
from runyard.services.leases import renew_open_leases
from runyard.services.presence import flush_presence, keep_presence
from runyard.services.reconcile import run_reconciler
from runyard.services.retain import run_retention
from runyard.services.secrets import close_anew

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

RESTART_SECONDS = 1.0

log = logging.getLogger(__name__)


def create_app(services: Services) -> Asgi:
    """The application of a server process. Its lifespan must run for jobs to be given out."""
    rpc, git = create_rpc(services), GitApp(services)
    api = cast("Asgi", create_api(services))

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        await (git if is_git_path(scope["path"]) else api)(scope, receive, send)

    people: Asgi = Throttle(front, services) if services.settings.requests_per_minute else front
    background = Background(services)
    rpc_paths = f"{PREFIX}/"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            path: str = scope["path"]
            if path.startswith(rpc_paths) and not path.startswith(JOB_ACTIONS):
                await rpc(scope, receive, send)
            else:
                await people(scope, receive, send)
        elif kind == "lifespan":
            await _lifespan(background, receive, send)
        else:
            await api(scope, receive, send)

    return app


class Background:
    """The work that a server does besides answering. Each part is restarted when it fails."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin. Runners could not report while no server was there, so their leases start anew; keys may be new."""
        await renew_open_leases(self._services)
        await close_anew(self._services)
        for work in (run_dispatcher, run_reconciler, keep_presence, run_compaction, run_retention):
            self._begin(work.__name__, work)
        for consumer in self._services.consumers:
            self._begin(f"consumer {consumer.name}", partial(serve, consumer=consumer))

    async def stop(self) -> None:
        """End; what is known of runners' presence is written."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await flush_presence(self._services)

    def _begin(self, name: str, work: Callable[[Services], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(self._keep_running(name, work), name=name))

    async def _keep_running(self, name: str, work: Callable[[Services], Awaitable[None]]) -> None:
        while True:
            try:
                await work(self._services)
            except Exception as error:
                if self._services.database.signals.closed:
                    return
                log.error("%s failed and starts again: %s", name, error, exc_info=refusal(error) is None)
            await asyncio.sleep(RESTART_SECONDS)


async def _lifespan(background: Background, receive: Receive, send: Send) -> None:
    await receive()
    try:
        await background.start()
    except Exception as error:
        log.exception("the server could not start")
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    with contextlib.suppress(asyncio.CancelledError):
        await receive()
    await background.stop()
    await send({"type": "lifespan.shutdown.complete"})
