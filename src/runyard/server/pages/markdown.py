"""Step summaries: Markdown to safe HTML. Raw HTML is shown as text, images become links, links are checked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

_SAFE_SCHEMES = ("http:", "https:", "mailto:")


def render(text: str) -> Markup:
    """HTML that may stand in a page. Never raises."""
    return Markup(_engine().render(text))  # noqa: S704 - raw HTML is disabled and links are checked


@cache
def _engine() -> MarkdownIt:
    engine = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    engine.validateLink = _is_safe  # type: ignore[method-assign]
    engine.add_render_rule("link_open", _link)
    engine.add_render_rule("image", _image)
    engine.add_render_rule("th_open", _cell)
    engine.add_render_rule("td_open", _cell)
    return engine


def _is_safe(url: str) -> bool:
    """Absolute web and mail addresses and fragments; nothing that runs."""
    url = url.strip().lower()
    return url.startswith(_SAFE_SCHEMES) or url.startswith("#")


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, env)


def _cell(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Alignment as a class: pages allow no inline styles."""
    style = tokens[index].attrs.pop("style", "")
    if style:
        tokens[index].attrSet("class", f"align-{str(style).removeprefix('text-align:')}")
    return renderer.renderToken(tokens, index, options, env)


def _image(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A link to the picture: pages load nothing from elsewhere."""
    token = tokens[index]
    label = renderer.renderInlineAsText(token.children or [], options, env) or "image"
    return f'<a href="{escape(str(token.attrGet("src")))}" rel="noopener noreferrer nofollow">{escape(label)}</a>'
