"""When the reconciler looks next. Whoever makes something that ends earlier tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.services.context import Services

TOPIC = ("deadline",)


def watch_deadline(services: Services, at: int) -> None:
    """Have the reconciler look at `at` (milliseconds, 0 = no need), if it would not by itself.

    A reconciler that leads in another process looks at its next sweep.
    """
    if 0 < at < services.fleet.next_check:
        services.fleet.next_check = at
        services.database.signals.publish(TOPIC)
