"""Calls of reusable workflows."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Jobs know who called them."""
