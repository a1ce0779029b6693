"""The number that tells runners whether the queue has grown since they last looked."""

from __future__ import annotations

NAME = "tasks_version"
BUMP = f"UPDATE counter SET value = value + 1 WHERE name = '{NAME}'"  # noqa: S608
"""Run by the database as the last statement before a commit: its row lock is then held for the shortest time."""
