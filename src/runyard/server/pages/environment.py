"""The templates, with everything they may call. Text is escaped unless it is `Markup`; an unknown name is an error."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from runyard.server.pages import graph, markdown, words

_HERE = Path(__file__).parent
BUILT = _HERE / "static" / "built"


def render(template: str, **context: Any) -> str:
    """A whole page or a fragment as HTML."""
    return _environment().get_template(template).render(context)


def asset(name: str) -> str:
    """The address of a built file; it changes with the content. Without a build pages are plain but work."""
    version = digest(name)
    return f"/static/{name}?v={version}" if version else f"/static/{name}"


@cache
def digest(name: str) -> str:
    """Ten hex digits of a built file's SHA-256; empty when the front end was not built."""
    if not (BUILT / name).is_file():
        return ""
    return hashlib.sha256((BUILT / name).read_bytes()).hexdigest()[:10]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "duration": words.duration,
        "ago": words.ago,
        "iso": words.iso,
        "full_time": words.full_time,
        "short_ref": words.short_ref,
        "ref_kind": words.ref_kind,
        "short_sha": words.short_sha,
        "event_name": words.event_name,
        "workflow_name": words.workflow_name,
        "status_word": words.status_word,
        "size": words.size,
        "sentence": words.sentence,
        "markdown": markdown.render,
    }
    made.globals |= {"asset": asset, "layout": graph}
    return made
