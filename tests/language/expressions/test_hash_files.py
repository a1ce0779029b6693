"""`hashFiles` over real directories."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from runyard.language import ExpressionError, hash_files

FILES = {
    "a.txt": "a",
    "b.lock": "b",
    "src/.hidden": "h",
    "src/B.txt": "B",
    "src/a.txt": "sa",
    "src/deep/c.txt": "c",
    "src/deep/d.lock": "d",
    "src[1]/e.txt": "e",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "outside.txt").write_text("outside")
    return root


def digest(*texts: str) -> str:
    """The hash of the hashes of these contents, empty for none."""
    return sha256(b"".join(sha256(text.encode()).digest() for text in texts)).hexdigest() if texts else ""


@pytest.mark.parametrize(
    ("patterns", "texts"),
    [
        (["a.txt"], ["a"]),
        (["./a.txt"], ["a"]),
        (["*.txt"], ["a"]),
        (["**/*.txt"], ["a", "B", "sa", "c", "e"]),
        (["**"], ["a", "b", "h", "B", "sa", "c", "d", "e"]),
        (["src"], ["h", "B", "sa", "c", "d"]),
        (["src/"], ["h", "B", "sa", "c", "d"]),
        (["a.txt/"], []),
        (["src/**", "!src/deep"], ["h", "B", "sa"]),
        (["src/**", "!**/*.txt", "src/a.txt"], ["h", "sa", "d"]),
        (["!a.txt"], []),
        (["b.lock", "a.txt"], ["b", "a"]),
        (["src/deep/c.txt", "src"], ["h", "B", "sa", "c", "d"]),
        (["# comment\n\n  a.txt  \n!!b.lock"], ["a", "b"]),
        (["?.[lt]*"], ["a", "b"]),
        (["src/[!a-z].txt"], ["B"]),
        (["src/[^A-Z].txt"], ["sa"]),
        (["src\\[1\\]/*"], ["e"]),
        (["src[1]/*"], []),
        (["[a.txt"], []),
        (["**/deep/*.lock"], ["d"]),
        (["src/**/a.txt"], ["sa"]),
        (["src/**/**/c.txt"], ["c"]),
        (["A.TXT"], []),
        (["nothing"], []),
        (["/**/outside.txt"], []),
    ],
)
def test_files_in_order(workspace: Path, patterns: list[str], texts: list[str]) -> None:
    assert hash_files(workspace, patterns) == digest(*texts)


def test_absolute_patterns_count_inside_the_workspace(workspace: Path) -> None:
    assert hash_files(workspace, [str(workspace / "*.txt")]) == digest("a")
    assert hash_files(workspace, [str(workspace.parent)]) == hash_files(workspace, ["**"])
    assert hash_files(workspace, [str(workspace.parent / "outside.txt")]) == ""


def test_home_is_the_users(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(workspace / "src"))
    assert hash_files(workspace, ["~/a.txt"]) == digest("sa")


@pytest.mark.parametrize("pattern", ["../x", "a/../b", "a/./b", ".."])
def test_climbing_is_refused(workspace: Path, pattern: str) -> None:
    with pytest.raises(ExpressionError, match="Relative pathing"):
        hash_files(workspace, [pattern])


def test_links_are_followed_on_demand(workspace: Path) -> None:
    (workspace / "link").symlink_to("src/deep")
    (workspace / "file.txt").symlink_to("a.txt")
    (workspace / "broken.txt").symlink_to("nowhere")
    assert hash_files(workspace, ["link"]) == ""
    assert hash_files(workspace, ["*.txt"]) == digest("a", "a")
    assert hash_files(workspace, ["--Follow-Symbolic-Links", "link"]) == digest("c", "d")


def test_a_circle_of_links_ends(workspace: Path) -> None:
    (workspace / "src/deep/up").symlink_to("..")
    assert hash_files(workspace, ["--follow-symbolic-links", "src/**/c.txt"]) == digest("c")


def test_other_options_are_refused(workspace: Path) -> None:
    with pytest.raises(ExpressionError, match="Invalid glob option --other"):
        hash_files(workspace, ["--other", "a.txt"])


def test_it_gives_up_in_time(workspace: Path) -> None:
    with pytest.raises(ExpressionError, match=r"hashFiles\('\*\*'\) couldn't finish within 0 seconds"):
        hash_files(workspace, ["**"], timeout=0)
