"""A feed across runs, and consumers that remember how far they have read."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Give journal rows a place in the feed."""
