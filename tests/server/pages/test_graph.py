"""The layout of the needs graph."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from runyard.kernel import Job, Status
from runyard.server.pages import graph


def job(number: int, key: str, *needs: str, status: Status = Status.SUCCESS, part: str = "") -> Job:
    name, matrix = (f"{key} ({part})", {"part": part}) if part else (key, None)
    return Job(number=number, key=key, name=name, status=status, needs=needs, matrix=matrix)


def test_nothing_is_drawn_for_no_jobs() -> None:
    assert graph.draw([]).nodes == []


def test_each_node_stands_right_of_what_it_needs() -> None:
    made = graph.draw([job(1, "a"), job(2, "b", "a"), job(3, "c", "a", "b"), job(4, "d")])
    place = {node.key: node for node in made.nodes}
    assert place["a"].x == place["d"].x < place["b"].x < place["c"].x
    assert {(edge.source, edge.target) for edge in made.edges} == {("a", "b"), ("b", "c")}


def test_a_matrix_is_one_node_with_rows_and_long_ones_are_cut() -> None:
    short = graph.draw([job(1, "test", part="1"), job(2, "test", part="2")]).nodes[0]
    assert short.is_group
    assert [row.job.number for row in short.rows] == [1, 2]
    assert short.rows[1].y - short.rows[0].y == graph.ROW_HEIGHT
    long = graph.draw([job(number, "test", part=str(number)) for number in range(1, 21)]).nodes[0]
    assert (len(long.rows), long.hidden) == (graph.MOST_ROWS - 1, 13)


def called(number: int, caller: int, name: str, calls: str = "", *needs: str) -> Job:
    key = name.rpartition(" / ")[2]
    return Job(
        number=number, key=key, name=name, status=Status.SUCCESS, needs=needs, caller=caller, calls=calls
    )  # fmt: skip


def test_what_a_job_calls_stands_in_its_place() -> None:
    jobs = [
        called(1, 0, "lib", "x.yml"),
        job(2, "a", "lib"),
        called(3, 1, "lib / a"),
        called(4, 1, "lib / inner", "y.yml", "a"),
        called(5, 1, "lib / z"),
        called(6, 4, "lib / inner / a"),
    ]
    made = graph.draw(jobs)
    place = {node.key: node for node in made.nodes}
    assert [row.label for row in place["lib"].rows] == ["a", "inner / a", "z"]
    assert [row.label for row in place["a"].rows] == ["a"]
    assert place["lib"].x < place["a"].x
    assert [(edge.source, edge.target, edge.done) for edge in made.edges] == [("lib", "a", True)]


def test_an_edge_is_done_when_all_of_its_source_succeeded() -> None:
    jobs = [job(1, "t", part="1"), job(2, "t", status=Status.FAILURE, part="2"), job(3, "a"), job(4, "z", "t", "a")]
    assert {edge.source: edge.done for edge in graph.draw(jobs).edges} == {"t": False, "a": True}


def test_unknown_and_circular_needs_do_not_hang() -> None:
    made = graph.draw([job(1, "a", "b"), job(2, "b", "a"), job(3, "c", "ghost", "c")])
    assert len(made.nodes) == 3


@st.composite
def acyclic(draw: st.DrawFn) -> list[Job]:
    """Jobs that need only earlier ones."""
    count = draw(st.integers(1, 12))
    return [
        job(
            n,
            f"j{n}",
            *sorted(draw(st.sets(st.sampled_from([f"j{m}" for m in range(1, n)] or [""]), max_size=4)) - {""}),
        )
        for n in range(1, count + 1)
    ]


@given(acyclic())
def test_nodes_never_overlap_and_all_is_inside(jobs: list[Job]) -> None:
    made = graph.draw(jobs)
    for one, other in combinations(made.nodes, 2):
        apart = one.x != other.x or one.y + one.height <= other.y or other.y + other.height <= one.y
        assert apart, (one.key, other.key)
    for node in made.nodes:
        assert 0 <= node.x <= made.width - graph.NODE_WIDTH
        assert 0 <= node.y <= made.height - node.height
    place = {node.key: node for node in made.nodes}
    for edge in made.edges:
        assert place[edge.source].x < place[edge.target].x


def test_a_chain_is_a_straight_line() -> None:
    made = graph.draw([job(1, "a"), job(2, "b", "a"), job(3, "c", "b")])
    assert all(one.y == other.y for one, other in pairwise(made.nodes))
