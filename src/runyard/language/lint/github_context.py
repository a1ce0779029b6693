"""The contexts whose properties are always the same."""

from __future__ import annotations

from runyard.language.lint.types import BOOL, NUMBER, OBJECT, STRING, TEXTS, Type, record, strings

_GITHUB_TEXTS = (
    "action action_path action_ref action_repository action_status actor actor_id api_url artifact_cache_size_limit "
    "base_ref env event_name event_path graphql_url head_ref job output path ref ref_name ref_type repository "
    "repository_id repository_owner repository_owner_id repository_visibility repositoryUrl retention_days run_id "
    "run_number run_attempt secret_source server_url sha state step_summary token triggering_actor workflow "
    "workflow_ref workflow_sha workspace artifacts artifacts_list"
)
_GITHUB = dict.fromkeys(_GITHUB_TEXTS.split(), STRING)

RUNNER = strings("name os arch temp tool_cache workspace environment debug")
STRATEGY = record({"fail-fast": BOOL, "job-index": NUMBER, "job-total": NUMBER, "max-parallel": NUMBER})
CONTAINER = strings("id network")


def github(dispatch_inputs: Type | None = None) -> Type:
    """The context `github`. The payload is open: it depends on the event and on who sent it."""
    event = OBJECT if dispatch_inputs is None else record({"inputs": dispatch_inputs}, OBJECT.rest)
    return record({**_GITHUB, "ref_protected": BOOL, "event": event})


def job(services: Type = OBJECT) -> Type:
    """The context `job`."""
    texts = dict.fromkeys(
        ["status", "workflow_ref", "workflow_sha", "workflow_repository", "workflow_file_path"], STRING
    )
    return record({**texts, "container": CONTAINER, "services": services, "check_run_id": NUMBER})


def service(ports: Type = TEXTS) -> Type:
    """One service in `job.services`."""
    return record({"id": STRING, "network": STRING, "ports": ports})


def step(outputs: Type) -> Type:
    """One step in `steps`."""
    return record({"outputs": outputs, "outcome": STRING, "conclusion": STRING})


def needed_job(outputs: Type) -> Type:
    """One job in `needs` and `jobs`."""
    return record({"outputs": outputs, "result": STRING})
