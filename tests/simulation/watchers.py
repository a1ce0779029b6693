"""People who look at a run while it goes on: they follow its journal, lose the connection, and come back."""

from __future__ import annotations

import asyncio
from random import Random

from runyard.kernel import Event
from runyard.services import watch
from runyard.services.context import Services
from runyard.services.errors import ServiceError
from runyard.store import StoreError
from runyard.store.signals import SignalsClosed
from tests.simulation.network import Network
from tests.simulation.server import Down


class Watcher:
    """Follows one run to its end."""

    def __init__(self, network: Network, random: Random, run_id: int) -> None:
        self.run_id = run_id
        self.seen: list[tuple[int, Event]] = []
        self._network = network
        self._random = random
        self.following = asyncio.ensure_future(self._follow())

    async def _follow(self) -> None:
        ended = False
        while not ended:
            try:
                ended = await self._network.call(self._connection, twice=False)
            except (Down, ServiceError, StoreError, SignalsClosed):
                await asyncio.sleep(self._random.uniform(0.1, 2))

    async def _connection(self, services: Services) -> bool:
        """One connection; it may break between any two messages."""
        after = self.seen[-1][0] if self.seen else 0
        async for batch in watch.run(services, self.run_id, after):
            for item in batch:
                assert isinstance(item, watch.Change), item
                self.seen.append((item.sequence, item.event))
            if self._network.faulty and self._random.random() < 0.1:
                return False
        return True
