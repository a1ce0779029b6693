"""Running the server: sockets, signals and a shutdown that keeps nobody waiting."""

from __future__ import annotations

import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

from runyard.server.app import create_app

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.settings import Settings

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 120
SHUTDOWN_SECONDS = 5
SWITCH_SECONDS = 0.0005
"""The store's writer gives up the interpreter at every statement; with the usual 5 ms it would wait long for it."""
YOUNG_OBJECTS = 10_000
"""Between two looks for garbage. They took a fifth of the time; what the program itself consists of is left out too."""


class CannotListen(Exception):  # noqa: N818
    """The address cannot be used; the message says which and why."""


Ready = Callable[[], None]
Leaving = Callable[[], Awaitable[None]]


class Server(uvicorn.Server):
    """Tells when it is ready, and answers held requests before it waits for open ones to end."""

    def __init__(
        self, config: uvicorn.Config, services: Services, ready: Ready | None = None, leaving: Leaving | None = None
    ) -> None:
        super().__init__(config)
        self._services = services
        self._ready = ready
        self._leaving = leaving

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let a signal end `serve` and nothing else: what is left to close is closed in peace."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, then say so. Raises RuntimeError when the background work cannot begin."""
        await super().startup(sockets=sockets)
        if not self.started:
            raise RuntimeError("the server could not start; its log says why")
        if self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let those leave who still need the server, release those who wait, let the rest finish for a few seconds."""
        if self._leaving is not None:
            await self._leaving()
        self._services.database.signals.close()
        self._services.waiting.end_all()
        await super().shutdown(sockets=sockets)


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the configured host and port (port 0: any free one). Raises `CannotListen`."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(_reason(error, host, port)) from error
    listener.setblocking(False)
    return listener


async def serve_on(
    listener: socket.socket, services: Services, *, ready: Ready | None = None, leaving: Leaving | None = None
) -> None:
    """Serve on a bound socket until a signal asks to stop. The services stay open.

    `ready` is called when requests are answered, `leaving` awaited when it has been asked to stop and still answers.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    server = make_server(services, ready=ready, leaving=leaving)
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    await server.serve(sockets=[listener])


def make_server(services: Services, *, ready: Ready | None = None, leaving: Leaving | None = None) -> Server:
    """The HTTP server, ready to `serve(sockets=[…])`; setting `should_exit` stops it."""
    config = uvicorn.Config(
        create_app(services),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return Server(config, services, ready, leaving)


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {host}:{port}: port {port} is in use; stop the other program or choose another port"
    if error.errno == errno.EACCES:
        return f"cannot listen on {host}:{port}: port {port} needs more rights; choose a port above 1023"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
