"""Finds the actions that `uses` names: in the workspace, beside the running action, or in a repository of a server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runyard.language import parse_action
from runyard.language.model import Step
from runyard.language.model_action import Action, CompositeRuns
from runyard.runner.contexts import token_of
from runyard.runner.git import Git, GitError, origin_of, repository_exists
from runyard.runner.job_run import JobRun
from runyard.runner.scope import ActionPlace

_REMOTE = re.compile(
    r"(?:(?P<url>https?://[^/]+)/)?(?P<owner>[^/@]+)/(?P<name>[^/@]+)(?:/(?P<path>[^@]+))?@(?P<ref>\S+)"
)
_FILES = ("action.yml", "action.yaml")
_CHECKOUT = re.compile(r"actions/checkout@\S+", re.IGNORECASE)


class ActionError(Exception):
    """The action cannot be found or read; the text is for users."""


@dataclass(frozen=True, slots=True)
class ResolvedAction:
    """An action that was read."""

    action: Action
    place: ActionPlace


def is_checkout(uses: str) -> bool:
    """`actions/checkout` is built in: it needs no Node and no network but the job's own server."""
    return bool(_CHECKOUT.fullmatch(uses))


def hosted_checkout(run: JobRun, uses: str) -> ResolvedAction | None:
    """The job's server's own `actions/checkout`, if it hosts one that this runner can run. Raises ActionError."""
    server = str(run.contexts["github"]["server_url"])
    if not server or origin_of(server) != origin_of(_default_url(run)):
        return None
    if not repository_exists(f"{server.rstrip('/')}/actions/checkout", token_of(run.task)):
        return None
    found = run.actions.get(uses) or _download(run, uses)
    return found if isinstance(found.action.runs, CompositeRuns) else None


def prepare(run: JobRun, steps: tuple[Step, ...]) -> None:
    """Download the remote actions of steps, and of the composite actions among them. Raises ActionError."""
    for uses in _remote(steps):
        if uses not in run.actions:
            found = _download(run, uses)
            if isinstance(found.action.runs, CompositeRuns):
                prepare(run, found.action.runs.steps)


def resolve(run: JobRun, uses: str, inside: ActionPlace | None) -> ResolvedAction:
    """The action of a step that is about to run; `inside` is the action that the step belongs to. Raises
    ActionError.
    """
    if uses.startswith("docker://"):
        raise ActionError(f"{uses} is a container action. This runner has no containers: write the step as a script.")
    if uses.startswith(("./", ".\\")):
        return _read(uses, ActionPlace(os.path.normpath(f"{run.place.workspace}/{uses}")))
    if uses.startswith("$/"):
        if not inside:
            return _read(uses, ActionPlace(os.path.normpath(f"{run.place.workspace}/{uses[2:]}")))
        root = _root_of(inside, run)
        return _read(uses, ActionPlace(os.path.normpath(f"{root}/{uses[2:]}"), inside.repository, inside.ref))
    return run.actions.get(uses) or _download(run, uses)


def _remote(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        uses = step.uses
        if uses and not uses.startswith(("./", ".\\", "$/", "docker://")) and not is_checkout(uses):
            yield uses


def _read(uses: str, place: ActionPlace) -> ResolvedAction:
    for name in _FILES:
        file = Path(place.path, name)
        if file.is_file():
            result = parse_action(file.read_text(encoding="utf-8", errors="replace"), f"{uses}/{name}")
            if result.action is None:
                raise ActionError(
                    "\n".join(f"{one.path}:{one.line}:{one.column}: {one.message}" for one in result.diagnostics)
                )
            return ResolvedAction(result.action, place)
    if Path(place.path, "Dockerfile").is_file():
        raise ActionError(f"{uses} is a container action. This runner has no containers: write the step as a script.")
    raise ActionError(
        f"Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{place.path}'. "
        "Did you forget to run actions/checkout before running your local action?"
    )


def _download(run: JobRun, uses: str) -> ResolvedAction:
    found = _REMOTE.fullmatch(uses)
    if not found:
        raise ActionError(f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{uses}'")
    repository = f"{found['owner']}/{found['name']}"
    base = found["url"] or _default_url(run)
    root = f"{run.place.actions}/{len(run.actions)}/{found['name']}"
    os.makedirs(root, exist_ok=True)  # noqa: PTH103
    run.log.write(f"Download action repository '{repository}@{found['ref']}' ({base})")
    _fetch(run, f"{base}/{repository}", found["ref"], root, uses)
    place = ActionPlace(os.path.normpath(f"{root}/{found['path'] or ''}"), repository, found["ref"])
    run.actions[uses] = _read(uses, place)
    return run.actions[uses]


def _fetch(run: JobRun, url: str, ref: str, root: str, uses: str) -> None:
    server = str(run.contexts["github"]["server_url"])
    token = token_of(run.task) if server and origin_of(server) == origin_of(url) else ""
    try:
        git = Git(run, root, url, token)
        git("init", "-q", ".")
        git("fetch", "-q", "--no-tags", "--depth=1", url, ref)
        git("-c", "advice.detachedHead=false", "checkout", "-q", "FETCH_HEAD")
    except GitError as error:
        raise ActionError(f"Unable to download the action '{uses}' from {url}: {error}") from error


def _default_url(run: JobRun) -> str:
    context = run.task.context
    url = (
        context.get("forgejo_default_actions_url")
        or context.get("gitea_default_actions_url")
        or run.settings.default_actions_url
        or run.contexts["github"]["server_url"]
    )
    if not url:
        raise ActionError(
            "No server to download actions from: give the action's whole URL, or set a default actions URL."
        )
    url = str(url).rstrip("/")
    return url if "://" in url else f"https://{url}"


def _root_of(inside: ActionPlace, run: JobRun) -> str:
    """The top of the repository that an action was downloaded into, or the workspace."""
    if not inside.path.startswith(f"{run.place.actions}/"):
        return run.place.workspace
    return "/".join(inside.path.split("/")[: run.place.actions.count("/") + 3])
