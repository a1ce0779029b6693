"""YAML 1.2 core typing, tags, aliases and limits."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from runyard.language import Limits, parse
from runyard.language.convert.values import value_of
from runyard.language.diagnostics import Problems
from runyard.language.reader import yaml_reader
from runyard.language.reader.nodes import MappingNode, Node, SequenceNode
from runyard.language.reader.yaml_reader import read_yaml

TYPED: dict[str, Any] = {
    "": None,
    "~": None,
    "NULL": None,
    "nULL": "nULL",
    "true": True,
    "FALSE": False,
    "yes": "yes",
    "on": "on",
    "010": 10.0,
    "+12": 12.0,
    "0x1F": 31.0,
    "0o17": 15.0,
    "0xFFFFFFFF": -1.0,
    "0x7FFFFFFF": 2147483647.0,
    "1_000": "1_000",
    "12:30:00": "12:30:00",
    "2001-12-14": "2001-12-14",
    "1.5e3": 1500.0,
    "1.": 1.0,
    ".5": 0.5,
    ".": ".",
    "1e400": math.inf,
    "-.INF": -math.inf,
    "'12'": "12",
    '"true"': "true",
    "!!str 12": "12",
    "!!int 12": 12.0,
    "!!float 12": 12.0,
    "!!int 0x1F": 31.0,
    "!!float .inf": math.inf,
    "!!null": None,
    "!!bool TRUE": True,
    "!<tag:yaml.org,2002:null> ~": None,
    "|\n  a\n  b\n": "a\nb\n",
}
REFUSED = {
    "!!int 1.5": "invalid for the type 'tag:yaml.org,2002:int'",
    "!!bool yes": "invalid for the type 'tag:yaml.org,2002:bool'",
    "!!int 1.0": "invalid for the type 'tag:yaml.org,2002:int'",
    "!!int 1e3": "invalid for the type 'tag:yaml.org,2002:int'",
    "!!float 0x1F": "invalid for the type 'tag:yaml.org,2002:float'",
    "!!null x": "invalid for the type 'tag:yaml.org,2002:null'",
    '!!float "1"': "The scalar style 'DoubleQuoted' on line 1 and column 8",
    "!!binary x": "Unexpected tag 'tag:yaml.org,2002:binary'",
    "!own x": "Unexpected tag '!own'",
    "0x100000000": "The value '0x100000000' on line 1 and column 8",
}


def read(text: str, limits: Limits | None = None) -> tuple[Node | None, list[str]]:
    problems = Problems("x.yml")
    root = read_yaml(text, problems, limits or Limits())
    return root, [each.message for each in problems.found]


@pytest.mark.parametrize("text", TYPED)
def test_scalar_types(text: str) -> None:
    root, messages = read(f"value: {text}")
    assert messages == []
    assert value_of(root) == {"value": TYPED[text]}
    assert type(value_of(root)["value"]) is type(TYPED[text])


@pytest.mark.parametrize("text", REFUSED)
def test_refused_scalars(text: str) -> None:
    root, messages = read(f"value: {text}")
    assert root is None
    assert REFUSED[text] in messages[0]


def test_positions_are_one_based_starts() -> None:
    root, _ = read("a:\n  - x\n  - {é: 'y', z: [1]}\nb:\n")
    assert isinstance(root, MappingNode)
    (_, items), (_, empty) = root.pairs
    assert isinstance(items, SequenceNode)
    inner = items.items[1]
    assert isinstance(inner, MappingNode)
    places = [(node.line, node.column) for node in (items, items.items[0], inner, *(v for _, v in inner.pairs), empty)]
    assert places == [(2, 3), (2, 5), (3, 5), (3, 9), (3, 17), (4, 3)]


def test_aliases_repeat_their_node() -> None:
    root, messages = read("a: &x {k: 1}\nb: *x\nc: &x 2\nd: *x\n")
    assert messages == []
    assert value_of(root) == {"a": {"k": 1.0}, "b": {"k": 1.0}, "c": 2.0, "d": 2.0}


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        ("a: 1234567", Limits(file_size=9), "The maximum file size of 9 characters has been exceeded"),
        ("[" * 60, Limits(), "Maximum object depth exceeded"),
        ("a: &x [[1]]\nb: [[*x]]", Limits(depth=4), "Maximum object depth exceeded"),
        ("[1, 2, 3]", Limits(nodes=3), "Maximum YAML nodes exceeded"),
        ("- &x [1, 2, 3]\n- *x\n- *x", Limits(nodes=9), "Maximum YAML nodes exceeded"),
        ("- &x xxxxxxxxxx\n- *x\n- *x", Limits(result_size=150), "Maximum object size exceeded"),
    ],
)
def test_limits(text: str, limits: Limits, message: str) -> None:
    assert read(text, limits) == (None, [message])


def test_expanding_aliases_is_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    started = time.perf_counter()
    assert read("\n".join(lines))[1] == ["Maximum YAML nodes exceeded"]
    assert time.perf_counter() - started < 5


def test_characters_that_are_no_text() -> None:
    assert "not valid YAML" in read("a: \ud800")[1][0]
    problems = Problems("x.yml")
    read_yaml("é: b\n  \x07", problems, Limits())
    assert [(each.line, each.column) for each in problems.found] == [(2, 3)]


def test_large_files_take_linear_time() -> None:
    """A file near the limits is read in seconds, whatever it holds."""
    started = time.process_time()
    steps = "".join(f"      - run: echo ${{{{ github.sha }}}} '{{{n}}}'\n" for n in range(900))
    jobs = "".join(f"  j{n}:\n    runs-on: x\n    steps:\n{steps}" for n in range(10))
    result = parse(f"on: push\njobs:\n{jobs}")
    assert result.workflow is not None
    assert result.workflow.jobs["j9"].steps[-1].id == "__run_900"
    parse("on: push\nrun-name: '" + "${{ '}}' " * 100_000 + "'\njobs: {}")
    assert time.process_time() - started < 20


def test_without_the_c_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parent / "data" / "clean" / "everything.yml").read_text(encoding="utf-8")
    with_c = value_of(read(text)[0])
    monkeypatch.setattr(yaml_reader, "_EventParser", yaml.SafeLoader)
    assert value_of(read(text)[0]) == with_c
    assert read("a: !!int x")[1] == [
        "The value 'x' on line 1 and column 4 is invalid for the type 'tag:yaml.org,2002:int'"
    ]
    assert "not valid YAML" in read("a: [")[1][0]
    assert "not valid YAML" in read("a: \x07")[1][0]
