from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A place to run jobs in this process; nothing of them may be left in the end."""
    bench = Bench(tmp_path / "work")
    yield bench
    bench.cancel.close()
    assert [path.name for path in bench.root.iterdir() if not path.name.startswith("_")] == []
