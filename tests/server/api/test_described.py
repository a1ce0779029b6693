"""docs/api.md names every route of the API, and nothing that is none; and every event, reason and cause."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from runyard.kernel.causes import Cause
from runyard.kernel.events import Event
from runyard.kernel.reasons import Waits
from runyard.server.api.application import create_api
from runyard.server.api.job_actions import PATH as JOB_ACTIONS
from tests.support.fleet import Yard

DOCUMENT = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
WHOSE = ("/repos/{owner}/{repo}", "/orgs/{org}", "/user", "/admin")
OUTSIDE = ("/healthz", "/api/openapi.json")
OF_THE_DESCRIPTION = ("/api", "/api/{}")
"""What the framework adds beside the description."""
OF_RUNNERS = "/api/actions_pipeline/"
_CALL = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE)(?:, (?:GET|POST|PUT|PATCH|DELETE))*) ([/…{][^\s`?]*)(?:\?[^`]*)?`")


def named(text: str) -> set[tuple[str, str]]:
    """Methods and paths in a text, with what a path takes left out: `{}`."""
    found = set()
    for methods, path in _CALL.findall(text):
        for whose in WHOSE if "{whose}" in path else ("",):
            whole = path.replace("{whose}", whose).replace("…", "/repos/{owner}/{repo}/actions")
            found |= {(method, re.sub(r"\{[^}]*\}", "{}", whole)) for method in methods.split(", ")}
    return found


def documented() -> set[tuple[str, str]]:
    """What the document says, as whole paths."""
    public, _, own = DOCUMENT.partition("## Actions of a job")
    own = own.partition("\n## ")[0]
    found = {(method, path if path in OUTSIDE else f"/api/v1{path}") for method, path in named(public)}
    return found | {(method, (JOB_ACTIONS + path).rstrip("/")) for method, path in named(own)}


async def test_every_route_is_documented(yard: Yard) -> None:
    there = {
        (method, re.sub(r"\{[^}]*\}", "{}", route.path))
        for route in create_api(yard.services).routes
        for method in route.methods
        if route.path.startswith(("/api", "/healthz")) and not route.path.startswith(OF_RUNNERS)
    }
    wanted = {each for each in there if each[0] not in ("OPTIONS", "HEAD") and each[1] not in OF_THE_DESCRIPTION}
    assert len(wanted) > 100
    assert documented() == wanted


def test_every_event_reason_and_cause_is_documented() -> None:
    tags = [str(event.__struct_config__.tag) for event in get_args(Event)]
    missing = [name for name in (*tags, *Waits, *Cause) if f"`{name}`" not in DOCUMENT]
    assert missing == []
