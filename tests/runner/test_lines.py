from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runyard.runner.lines import LINE_LIMIT, LineSplitter


def split(*chunks: bytes) -> list[str]:
    lines: list[str] = []
    splitter = LineSplitter(lambda _, text: lines.append(text))
    for chunk in chunks:
        splitter.feed(chunk)
    splitter.finish()
    return lines


@given(st.lists(st.sampled_from(["", "a", "ä€😀", "x y", "\t"]), max_size=8), st.lists(st.integers(0, 60), max_size=6))
def test_chunk_borders_do_not_matter(lines: list[str], cuts: list[int]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    borders = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    chunks = [data[start:end] for start, end in pairwise(borders)]
    assert split(*chunks) == lines


def test_last_line_needs_no_newline() -> None:
    assert split(b"one\ntwo") == ["one", "two"]
    assert split(b"one\n\n") == ["one", ""]
    assert split(b"") == []


def test_carriage_return_before_a_newline_goes() -> None:
    assert split(b"a\r", b"\nb\rc\r\n") == ["a", "b\rc"]


def test_wrong_utf8_is_replaced() -> None:
    assert split(b"a\xffb\n\xc3") == ["a\ufffdb", "\ufffd"]


def test_endless_line_is_cut_and_the_next_one_is_whole() -> None:
    long, after = split(b"x" * LINE_LIMIT, b"y" * 100, b"z\nafter\n")
    assert long.startswith("x" * LINE_LIMIT + " … [line cut")
    assert after == "after"
