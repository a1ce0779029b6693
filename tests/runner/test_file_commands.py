from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.runner.file_commands import SUMMARY_LIMIT, FileCommandError, FileCommands, pairs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=b", {"A": "b"}),
        ("\ufeffA=b\n", {"A": "b"}),
        ("\n\nA=\n\nB==x<<y\n", {"A": "", "B": "=x<<y"}),
        ("A<<EOF\nEOF", {"A": ""}),
        ("A<<EOF\nx\n\ny\n\nEOF\nB=1", {"A": "x\n\ny\n", "B": "1"}),
        ("A<<=E\nx=1\n=E\n", {"A": "x=1"}),
        ("A<<E O\n EOF\nE O\n", {"A": " EOF"}),
        ("A<<EOF\r\nx\r\nEOF\r\n", {"A": "x\r"}),
        ("A=1\r\n", {"A": "1\r"}),
        ("A=1\nA=2\n", {"A": "2"}),
    ],
)
def test_pairs(text: str, expected: dict[str, str]) -> None:
    assert dict(pairs(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A", "Invalid format 'A'"),
        ("<<EOF\nx\nEOF\n", "Name must not be empty and delimiter must not be empty"),
        ("A<<\nx\n", "delimiter must not be empty"),
        ("=x", "Name must not be empty"),
        ("A<<EOF\nx\n", "Matching delimiter not found 'EOF'"),
        ("A<<EOF\nx", "EOF marker missing new line"),
    ],
)
def test_wrong_text_keeps_the_pairs_before_it(text: str, message: str) -> None:
    found: list[tuple[str, str]] = []
    with pytest.raises(FileCommandError, match=message):
        found.extend(pairs(f"GOOD=1\n{text}"))
    assert found == [("GOOD", "1")]


@given(st.dictionaries(st.text("AB_", min_size=1), st.text(st.characters(codec="utf-8", exclude_characters="\r"))))
def test_heredoc_gives_back_every_value(values: dict[str, str]) -> None:
    text = "".join(f"{name}<<~~end~~\n{value}\n~~end~~\n" for name, value in values.items() if "~~" not in value)
    assert dict(pairs(text)) == {name: value for name, value in values.items() if "~~" not in value}


def write(tmp_path: Path, **texts: str) -> FileCommands:
    files = FileCommands(str(tmp_path), "x")
    for variable, text in texts.items():
        Path(files.variables[variable]).write_text(text, encoding="utf-8", newline="")
    return files


def test_all_files_exist_and_may_stay_empty(tmp_path: Path) -> None:
    files = write(tmp_path)
    assert sorted(files.variables) == [
        "GITHUB_ENV",
        "GITHUB_OUTPUT",
        "GITHUB_PATH",
        "GITHUB_STATE",
        "GITHUB_STEP_SUMMARY",
    ]
    assert all(Path(path).is_file() for path in files.variables.values())
    result = files.read()
    assert (result.env, result.outputs, result.paths, result.summary, result.errors) == ({}, {}, [], "", [])


def test_a_removed_file_is_an_empty_one(tmp_path: Path) -> None:
    files = write(tmp_path, GITHUB_OUTPUT="a=1")
    Path(files.variables["GITHUB_ENV"]).unlink()
    assert files.read().outputs == {"a": "1"}


def test_node_options_is_refused_and_the_rest_applies(tmp_path: Path) -> None:
    result = write(tmp_path, GITHUB_ENV="node_options=--require x\nA=1\n", GITHUB_PATH="/a\n\n/b\r\n").read()
    assert result.env == {"A": "1"}
    assert result.refusals == ["Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command."]
    assert result.errors == []
    assert result.paths == ["/a", "/b"]


def test_wrong_file_fails_with_its_name(tmp_path: Path) -> None:
    result = write(tmp_path, GITHUB_OUTPUT="a=1\nnonsense\n").read()
    assert result.outputs == {"a": "1"}
    assert result.errors == ["Unable to process file command 'output' successfully.", "Invalid format 'nonsense'"]


def test_summary_over_the_limit_is_dropped(tmp_path: Path) -> None:
    assert write(tmp_path, GITHUB_STEP_SUMMARY="# ä\n").read().summary == "# ä\n"
    (tmp_path / "second").mkdir()
    result = write(tmp_path / "second", GITHUB_STEP_SUMMARY="x" * (SUMMARY_LIMIT + 1)).read()
    assert result.summary == ""
    assert "supports content up to a size of 1024k, got 1025k" in result.refusals[0]
