"""The variables of a step, layer by layer."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

_INHERITED = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "DOCKER_HOST",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "GIT_SSL_CAINFO",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "ImageOS",
        "ImageVersion",
    }
)

_GITHUB = (
    "action",
    "action_path",
    "action_ref",
    "action_repository",
    "actor",
    "actor_id",
    "api_url",
    "base_ref",
    "env",
    "event_name",
    "event_path",
    "graphql_url",
    "head_ref",
    "job",
    "output",
    "path",
    "ref",
    "ref_name",
    "ref_protected",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "retention_days",
    "run_attempt",
    "run_id",
    "run_number",
    "server_url",
    "sha",
    "state",
    "step_summary",
    "triggering_actor",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "workspace",
)
_GITHUB_NAMES = {name: f"GITHUB_{name.upper()}" for name in _GITHUB}


def inherited(extra: Mapping[str, str]) -> dict[str, str]:
    """What a job sees of the runner's own environment, and what the operator adds. Secrets of the runner stay out."""
    own = {name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith("LC_")}
    return {**own, **extra}


def of_server(context: Mapping[str, Any], server: str) -> dict[str, str]:
    """Where the job finds its own actions and its state, if the server has them: the address and the token for it.

    `context` is the task's, `server` the address by which this runner reaches the server.
    """
    path, token = context.get("runyard_actions"), context.get("gitea_runtime_token")
    if not (isinstance(path, str) and path and isinstance(token, str) and token):
        return {}
    return {"RUNYARD_ACTIONS_URL": server.rstrip("/") + path, "RUNYARD_ACTIONS_TOKEN": token}


def step_environment(
    base: Mapping[str, str],
    env: Mapping[str, str],
    paths: Sequence[str],
    github: Mapping[str, Any],
    runner: Mapping[str, str],
) -> dict[str, str]:
    """All variables of a step's program; later layers win.

    `base` as `inherited` gives it, `env` the context of that name with the step's own, `paths` the additions to PATH,
    latest first. Nobody can change GITHUB_ and RUNNER_ variables that the contexts define.
    """
    result = {**base, **env, "GITHUB_ACTIONS": "true"}
    result.setdefault("CI", "true")
    for name, variable in _GITHUB_NAMES.items():
        value = github.get(name)
        if value is not None:
            result[variable] = value if isinstance(value, str) else _text(value)
    for name, value in runner.items():
        result[f"RUNNER_{name.upper()}"] = value
    if paths:
        result["PATH"] = ":".join([*paths, *([result["PATH"]] if result.get("PATH") else [])])
    return result


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
