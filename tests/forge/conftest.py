"""A fresh hosted repository and a working tree for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runyard.forge import Hosting
from tests.forge.work_tree import Tree


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The path of an empty hosted repository."""
    return asyncio.run(Hosting(tmp_path / "repositories").create(7))


@pytest.fixture
def tree(tmp_path: Path, bare: Path) -> Tree:
    """A working tree that pushes into it."""
    return Tree(tmp_path / "work", bare)
