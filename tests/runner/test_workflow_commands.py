from __future__ import annotations

import pytest

from runyard.runner.command_syntax import (
    annotation_properties,
    escape_data,
    escape_property,
    parse,
    parse_brackets,
    parse_colons,
)
from runyard.runner.job_log import JobLog
from runyard.runner.masks import Masks
from runyard.runner.problem_matchers import ProblemMatchers
from runyard.runner.workflow_commands import WorkflowCommands
from tests.runner.recorder import Recorder


class Target:
    def __init__(self, *, allow_unsecure_commands: bool = False) -> None:
        self.allow_unsecure_commands = allow_unsecure_commands
        self.done: list[tuple[str, ...]] = []

    def set_output(self, name: str, value: str) -> None:
        self.done.append(("output", name, value))

    def save_state(self, name: str, value: str) -> None:
        self.done.append(("state", name, value))

    def set_env(self, name: str, value: str) -> None:
        self.done.append(("env", name, value))

    def add_path(self, directory: str) -> None:
        self.done.append(("path", directory))

    def fail(self) -> None:
        self.done.append(("fail",))


def run(*lines: str, debugging: bool = False, target: Target | None = None) -> list[str]:
    recorder = Recorder()
    log = JobLog(recorder, Masks(), debugging=debugging)
    commands = WorkflowCommands(log, target or Target(), ProblemMatchers("/nowhere"))
    for line in lines:
        commands.line(1, line)
    return recorder.rows


def test_colons_form() -> None:
    command = parse_colons("  ::Warning file=a%3Ab%2C%25,line=1,empty=,::x::y%0A%250A", {"warning"})
    assert command
    assert (command.name, command.data) == ("warning", "x::y\n%0A")
    assert command.properties == {"file": "a:b,%", "line": "1"}
    assert parse_colons("x ::warning::", {"warning"}) is None
    assert parse_colons("::other::", {"warning"}) is None


def test_brackets_form() -> None:
    command = parse_brackets(">> ##[warning k=%3B%5D;l=2;]a]b", {"warning"})
    assert command
    assert command.properties == {"k": ";]", "l": "2"}
    assert command.data == "a]b"


@pytest.mark.parametrize("text", ["plain", "a\r\nb%0A:,", "%25"])
def test_escapes_give_back_the_text(text: str) -> None:
    command = parse(f"::error title={escape_property(text)}::{escape_data(text)}", {"error"})
    assert command
    assert (command.property("title"), command.data) == (text, text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"endLine": "3"}, {"line": "3", "endLine": "3"}),
        ({"line": "1", "endColumn": "2"}, {"line": "1", "col": "2", "endColumn": "2"}),
        ({"col": "1", "file": "f"}, {"file": "f"}),
        ({"line": "1", "endLine": "2", "col": "1"}, {"line": "1", "endLine": "2"}),
        ({"line": "2", "endLine": "1"}, {}),
        ({"line": "1", "col": "5", "endColumn": "2"}, {"line": "1"}),
        ({"line": "x"}, {}),
        ({"LINE": "1"}, {"line": "1"}),
    ],
)
def test_annotation_ranges(given: dict[str, str], expected: dict[str, str]) -> None:
    assert annotation_properties(given)[0] == expected


def test_annotations_keep_their_place() -> None:
    assert run("::error::boom", "::warning file=a.py,line=3::x%0Ay", "##[notice]n") == [
        "##[error]boom",
        "::warning file=a.py,line=3::x%0Ay",
        "##[notice]n",
    ]


def test_groups_debug_and_unknown_commands() -> None:
    assert run("::group::A", "x", "::endgroup::", "::debug::d", "::what::x") == [
        "##[group]A",
        "x",
        "##[endgroup]",
        "::what::x",
    ]
    assert run("::debug::d", debugging=True) == ["##[debug]d"]


def test_masks_work_from_the_next_line_on() -> None:
    assert run("hunter2", "::add-mask::hunter2%0Asecond", "a hunter2", "second") == ["hunter2", "a ***", "***"]


def test_stopped_commands() -> None:
    target = Target()
    rows = run("::stop-commands::tok", "::set-output name=a::1", "::tok::", "::set-output name=a::2", target=target)
    assert rows == ["::stop-commands::tok", "::set-output name=a::1", "::tok::"]
    assert target.done == [("output", "a", "2")]


@pytest.mark.parametrize("token", ["", "pause-logging", "error"])
def test_weak_stop_token_fails_the_step(token: str) -> None:
    target = Target()
    rows = run(f"::stop-commands::{token}", "::set-output name=a::1", target=target)
    assert f"##[error]Unable to process command '::stop-commands::{token}' successfully." in rows
    assert target.done == [("fail",), ("output", "a", "1")]


def test_echo() -> None:
    assert run("::echo::on", "::save-state name=a::1", "::echo::off", "::save-state name=a::1") == [
        "::save-state name=a::1",
        "::echo::off",
    ]
    assert "##[error]Unable to process command '::echo::maybe' successfully." in run("::echo::maybe")


def test_unsecure_commands_are_refused_unless_allowed() -> None:
    target = Target()
    rows = run("::set-env name=A::1", "::add-path::/x", target=target)
    assert target.done == [("fail",), ("fail",)]
    assert rows[1].startswith("##[error]The `set-env` command is disabled.")
    target = Target(allow_unsecure_commands=True)
    run("::set-env name=A::1", "::set-env name=NODE_OPTIONS::1", "::add-path::/x", target=target)
    assert target.done == [("env", "A", "1"), ("path", "/x")]


def test_rows_are_storable_and_short() -> None:
    rows = run("a\0b\ud800", "x" * 40_000)
    assert rows[0] == "a\ufffdb?"
    assert [len(row) for row in rows[1:]] == [16_000, 16_000, 8_000]
