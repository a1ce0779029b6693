"""Terminal colours and markers in log lines."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.server.pages import ansi, loglines
from runyard.store.logs import LogLine


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain <b>", "plain &lt;b&gt;"),
        ("\x1b[31mred\x1b[0m.", '<span class="f1">red</span>.'),
        (
            "\x1b[1;4;92mx\x1b[22my\x1b[m",
            '<span class="a-bold a-underline f10">x</span><span class="a-underline f10">y</span>',
        ),
        ("\x1b[38;5;208mo\x1b[48;2;0;0;255mb", '<span class="f208">o</span><span class="f208 b21">b</span>'),
        ("\x1b[38:2:255:0:0mr", '<span class="f196">r</span>'),
        ("\x1b[38;5mx\x1b[999mz", "xz"),
        ("\x1b[2K\x1b[1Gclean\x07\x00", "clean"),
        ("\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10%\r50%\r100%\r", "100%"),
        (
            "see https://a.example/?q=<1>.",
            'see <a href="https://a.example/?q=" rel="noopener noreferrer nofollow">https://a.example/?q=</a>&lt;1&gt;.',
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("\x1b[" + "9" * 5000 + "m!", "!"),
    ],
)
def test_a_line_becomes_html(text: str, expected: str) -> None:
    assert ansi.to_html(text) == expected


@given(st.text(alphabet=st.sampled_from("a<>&\"'/:htps.x \x1b[0;31m]8\x07\\\t")))
def test_no_text_escapes_its_line(text: str) -> None:
    made = ansi.to_html(text)
    bare = re.sub(r'</?(?:span|a)(?: (?:class|href|rel)="[^"<>]*")*>', "", made)
    assert "<" not in bare
    assert ">" not in bare
    if "\x1b" not in text and "\x07" not in text:
        assert html.unescape(bare) == text


def rendered(*lines: str, inside: bool = False) -> list[tuple[str, str]]:
    """Class and content of each row."""
    made = loglines.rows([LogLine(7 + i, 0, text) for i, text in enumerate(lines)], step=2, first=5, inside=inside)
    return re.findall(r'<div class="([^"]+)".*?</a><span>(.*?)</span></div>', made.html)


def test_groups_and_commands_are_marked() -> None:
    assert rendered(
        "##[group]Install",
        "inside",
        "::error file=a.py,line=3,title=a%3Ab::broken: yes",
        "::endgroup::",
        "##[warning]careful",
        "::notice::look",
        "[command]/usr/bin/git",
        "::group::Next",
        "::set-output name=x::y",
    ) == [
        ("line group", "Install"),
        ("line in", "inside"),
        ("line error in", "Error: broken: yes"),
        ("line end", ""),
        ("line warning", "Warning: careful"),
        ("line note", "Notice: look"),
        ("line command", "/usr/bin/git"),
        ("line group", "Next"),
        ("line in", "::set-output name=x::y"),
    ]


def test_a_group_goes_on_over_the_border_of_a_chunk() -> None:
    assert loglines.rows([LogLine(0, 0, "##[group]g")], step=0, first=0).inside
    assert rendered("more", "##[endgroup]", "after", inside=True) == [
        ("line in", "more"),
        ("line end", ""),
        ("line", "after"),
    ]


def test_rows_know_their_place() -> None:
    row = loglines.rows([LogLine(9, 3_723_000_000_000, "x")], step=2, first=5).html
    assert 'id="s2-l5" data-i="9" data-t="01:02:03"' in row
