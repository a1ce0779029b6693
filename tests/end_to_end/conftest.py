"""One real server for the tests that do not disturb it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import Server, WorkingTree


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with its embedded runner."""
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def tree(tmp_path: Path) -> WorkingTree:
    """An empty git working tree."""
    return WorkingTree(tmp_path / "tree")
