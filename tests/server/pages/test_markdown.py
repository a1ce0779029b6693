"""Step summaries never bring anything but text, structure and plain links."""

from __future__ import annotations

import pytest

from runyard.server.pages.markdown import render

REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold** ~~no~~", "<p><strong>bold</strong> <s>no</s></p>\n"),
        ("<b onclick=x>hi</b>", "<p>&lt;b onclick=x&gt;hi&lt;/b&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](JaVaScript&colon;alert(1))", "<p>[x](JaVaScript:alert(1))</p>\n"),
        ("[x](data:text/html,hi)", "<p>[x](data:text/html,hi)</p>\n"),
        ("[x](/logout)", "<p>[x](/logout)</p>\n"),
        ("[x](https://a.example)", f'<p><a href="https://a.example" {REL}>x</a></p>\n'),
        ('![a"b](https://a.example/i.png)', f'<p><a href="https://a.example/i.png" {REL}>a&#34;b</a></p>\n'),
    ],
)
def test_it_is_safe(text: str, expected: str) -> None:
    assert render(text) == expected


def test_alignment_needs_no_inline_style() -> None:
    made = render("|a|b|\n|:-:|-:|\n|1|2|\n")
    assert '<th class="align-center">a</th>' in made
    assert "style=" not in made
