"""Concurrency, approvals, retries, deadlines and aborts."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Runs know what they wait for, and until when."""
