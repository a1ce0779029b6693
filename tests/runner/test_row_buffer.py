from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runyard.runner.agent.row_buffer import RowBuffer


@given(st.lists(st.one_of(st.integers(-8, -1), st.integers(1, 12)), max_size=30))
def test_order_is_kept_through_memory_and_disk(moves: list[int]) -> None:
    """Positive: so many rows are added; negative: up to so many are taken."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "spool", "rows")
        buffer = RowBuffer(path, memory_rows=5)
        added: list[tuple[int, str]] = []
        taken: list[tuple[int, str]] = []
        for move in [*moves, *[-8] * (len(moves) * 12)]:
            for _ in range(move):
                added.append((len(added), f"zeile ü\n{len(added)}"))
                buffer.append(added[-1])
            if move < 0:
                batch = buffer.first(-move, 1000)
                taken += batch
                buffer.drop(len(batch))
        assert taken == added
        assert len(buffer) == 0
        buffer.close()
        assert not path.exists()


def test_batches_are_limited_but_never_empty(tmp_path: Path) -> None:
    buffer = RowBuffer(tmp_path / "rows")
    for text in ("a" * 50, "b" * 10, "c"):
        buffer.append((1, text))
    assert len(buffer.first(10, 20)) == 1
    assert len(buffer.first(10, 60)) == 2
    assert len(buffer.first(2, 1000)) == 2


def test_spool_is_private(tmp_path: Path) -> None:
    buffer = RowBuffer(tmp_path / "rows", memory_rows=1)
    buffer.append((1, "a"))
    buffer.append((2, "b"))
    assert (tmp_path / "rows").stat().st_mode & 0o777 == 0o600
    buffer.close()
