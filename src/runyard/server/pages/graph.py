"""The needs graph of an attempt as geometry: nodes in layers from left to right, edges as SVG paths.

Lengths are pixels, the origin is top left.
Jobs that share a key (a matrix) are one node with a row for each, and so are the jobs that a job calls. Edges that
others imply are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.kernel.state import Job

NODE_WIDTH = 232
ROW_HEIGHT = 40
HEAD_HEIGHT = 30
PADDING = 6
GAP_X = 56
GAP_Y = 20
MOST_ROWS = 8
_SWEEPS = 6


@dataclass(slots=True)
class Row:
    """One job in a node, under the name that it has there; `y` is relative to the drawing."""

    job: Job
    label: str
    y: float = 0


@dataclass(slots=True)
class Node:
    """A job, or the jobs of a matrix or a call. `needs`: keys. `hidden`: how many rows are left out."""

    key: str
    needs: set[str]
    done: bool
    rows: list[Row]
    is_group: bool
    hidden: int
    height: float
    layer: int = 0
    x: float = 0
    y: float = 0

    @property
    def centre(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """`path` is the `d` of an SVG path; `done`: the needed jobs have succeeded."""

    path: str
    source: str
    target: str
    done: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing."""

    width: float
    height: float
    nodes: list[Node]
    edges: list[Edge]


@dataclass(slots=True)
class _Place:
    """A slot in a layer: a node, or a point through which a long edge passes."""

    layer: int
    height: float
    node: Node | None = None
    before: list[_Place] = field(default_factory=list)
    after: list[_Place] = field(default_factory=list)
    y: float = 0

    @property
    def centre(self) -> float:
        return self.y + self.height / 2


def draw(jobs: Iterable[Job]) -> Graph:
    """Lay out the jobs of an attempt. Needs of unknown keys are ignored."""
    nodes = _nodes(jobs)
    if not nodes:
        return Graph(0, 0, [], [])
    needs = _reduced(_needs(nodes))
    _assign_layers(nodes, needs)
    layers, routes = _places(nodes, needs)
    _order(layers)
    _spread(layers)
    _settle(layers)
    height = max(place.y + place.height for layer in layers for place in layer)
    width = len(layers) * (NODE_WIDTH + GAP_X) - GAP_X
    edges = [Edge(_path(route), source, target, nodes[source].done) for (source, target), route in routes.items()]
    return Graph(width, height, list(nodes.values()), edges)


def _nodes(jobs: Iterable[Job]) -> dict[str, Node]:
    children: dict[int, list[Job]] = {}
    for job in sorted(jobs, key=lambda job: job.number):
        children.setdefault(job.caller, []).append(job)
    by_key: dict[str, list[Job]] = {}
    for job in children.get(0, ()):
        by_key.setdefault(job.key, []).append(job)
    return {key: _node(key, members, children) for key, members in by_key.items()}


def _node(key: str, members: list[Job], children: dict[int, list[Job]]) -> Node:
    is_group = len(members) > 1 or members[0].matrix is not None or members[0].number in children
    rows = [row for job in members for row in _rows(job, children, is_group=is_group, alone=len(members) == 1)]
    shown = rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1]
    hidden = len(rows) - len(shown)
    height = (len(shown) + (1 if hidden else 0)) * ROW_HEIGHT + (HEAD_HEIGHT + PADDING if is_group else 0)
    needs = {need for job in members for need in job.needs}
    return Node(key, needs, all(job.status.label == "success" for job in members), shown, is_group, hidden, height)


def _rows(top: Job, children: dict[int, list[Job]], *, is_group: bool, alone: bool) -> Iterator[Row]:
    """A job of the run's own file, or, in its place, the jobs that it has called and that call nothing themselves."""
    if top.number not in children:
        yield Row(top, short_name(top) if is_group else top.name)
        return
    before = "" if alone else f"{short_name(top)} / "
    pending = [top]
    while pending:
        job = pending.pop()
        pending.extend(reversed(children.get(job.number, ())))
        if job.number not in children:
            yield Row(job, before + job.name[len(top.name) + 3 :])


def short_name(job: Job) -> str:
    """A matrix job's own part of its name: `3.12, ubuntu` of `test (3.12, ubuntu)`."""
    start = job.name.find("(")
    return job.name[start + 1 : -1] if start > 0 and job.name.endswith(")") else job.name


def _needs(nodes: dict[str, Node]) -> dict[str, set[str]]:
    return {key: {need for need in node.needs if need in nodes and need != key} for key, node in nodes.items()}


def _reduced(needs: dict[str, set[str]]) -> dict[str, set[str]]:
    """Without the needs that other needs imply."""
    reach: dict[str, set[str]] = {}

    def ancestors(key: str, open_keys: frozenset[str]) -> set[str]:
        if key not in reach:
            found: set[str] = set()
            for need in needs[key] - open_keys:
                found |= {need} | ancestors(need, open_keys | {need})
            reach[key] = found
        return reach[key]

    return {
        key: {
            need for need in wanted if not any(need in ancestors(other, frozenset({key})) for other in wanted - {need})
        }
        for key, wanted in needs.items()
    }


def _assign_layers(nodes: dict[str, Node], needs: dict[str, set[str]]) -> None:
    """Each node one layer right of the last one it needs."""
    for _ in nodes:
        settled = True
        for key, wanted in needs.items():
            layer = max((nodes[need].layer + 1 for need in wanted), default=0)
            if layer != nodes[key].layer and layer < len(nodes):
                nodes[key].layer = layer
                settled = False
        if settled:
            return


def _places(
    nodes: dict[str, Node], needs: dict[str, set[str]]
) -> tuple[list[list[_Place]], dict[tuple[str, str], list[_Place]]]:
    layers: list[list[_Place]] = [[] for _ in range(1 + max(node.layer for node in nodes.values()))]
    own: dict[str, _Place] = {}
    for key, node in nodes.items():
        own[key] = _Place(node.layer, node.height, node)
        layers[node.layer].append(own[key])
    routes = {}
    for target, wanted in needs.items():
        for source in sorted(wanted, key=list(nodes).index):
            route = [own[source]]
            for layer in range(nodes[source].layer + 1, nodes[target].layer):
                bend = _Place(layer, 0)
                layers[layer].append(bend)
                route.append(bend)
            route.append(own[target])
            for left, right in itertools.pairwise(route):
                left.after.append(right)
                right.before.append(left)
            routes[source, target] = route
    return layers, routes


def _order(layers: list[list[_Place]]) -> None:
    """Fewer crossings: sort each layer by the mean position of its neighbours, back and forth."""
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            positions = {id(place): index for other in layers for index, place in enumerate(other)}

            def mean(place: _Place, forward: bool = forward, positions: dict[int, int] = positions) -> float:
                near = place.before if forward else place.after
                return sum(positions[id(other)] for other in near) / len(near) if near else positions[id(place)]

            layer.sort(key=mean)


def _spread(layers: list[list[_Place]]) -> None:
    """Pull every place towards its neighbours without overlaps."""
    for layer in layers:
        _stack(layer, [0.0] * len(layer))
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            wanted = []
            for place in layer:
                near = place.before if forward else place.after
                centre = sum(other.centre for other in near) / len(near) if near else place.centre
                wanted.append(centre - place.height / 2)
            _stack(layer, wanted)


def _stack(layer: Sequence[_Place], wanted: Sequence[float]) -> None:
    """As near to the wanted tops as order and gaps allow: pushed down, then moved together by the mean excess."""
    bottom = float("-inf")
    for place, top in zip(layer, wanted, strict=True):
        place.y = max(top, bottom + GAP_Y)
        bottom = place.y + place.height
    excess = sum(place.y - top for place, top in zip(layer, wanted, strict=True)) / max(1, len(layer))
    for place in layer:
        place.y -= excess


def _settle(layers: list[list[_Place]]) -> None:
    """Whole pixels from the top edge on, written into the nodes and their rows."""
    top = min(place.y for layer in layers for place in layer)
    for layer in layers:
        for place in layer:
            place.y = round(place.y - top)
            node = place.node
            if node is not None:
                node.x, node.y = place.layer * (NODE_WIDTH + GAP_X), place.y
                first = node.y + (HEAD_HEIGHT if node.is_group else 0)
                for index, row in enumerate(node.rows):
                    row.y = first + index * ROW_HEIGHT


def _path(route: Sequence[_Place]) -> str:
    """A curve in every gap between layers, straight through the layers on the way."""
    parts: list[str] = []
    for left, right in itertools.pairwise(route):
        start = left.layer * (NODE_WIDTH + GAP_X) + NODE_WIDTH
        end = right.layer * (NODE_WIDTH + GAP_X)
        middle = (start + end) / 2
        y1, y2 = round(left.centre, 1), round(right.centre, 1)
        parts.append(f"{'L' if parts else 'M'}{start:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {end:g} {y2:g}")
    return "".join(parts)
