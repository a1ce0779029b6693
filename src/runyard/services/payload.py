"""Webhook-shaped JSON of users, repositories and events: what `github.event` holds, as GitHub and Gitea have it.

Addresses are absolute. Times are RFC 3339.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runyard.forge.changes import BranchChange, Changes, Kind, PushedCommit
from runyard.forge.objects import Commit, Person

if TYPE_CHECKING:
    from runyard.forge.packets import RefUpdate
    from runyard.store.repositories import Repository
    from runyard.store.users import User

Json = dict[str, Any]


def timestamp(milliseconds: int) -> str:
    """RFC 3339 in UTC, whole seconds. 0 (not yet) is 1970, as Gitea says it."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user_json(base_url: str, name: str, *, user_id: int = 0, email: str = "", is_admin: bool = False) -> Json:
    """A user or organisation."""
    return {
        "id": user_id,
        "login": name,
        "username": name,
        "name": name,
        "full_name": "",
        "email": email,
        "avatar_url": "",
        "html_url": f"{base_url}/{name}",
        "url": f"{base_url}/api/v1/users/{name}",
        "type": "User",
        "site_admin": is_admin,
        "is_admin": is_admin,
    }


def sender_json(base_url: str, user: User) -> Json:
    """The user who caused an event."""
    return user_json(base_url, user.name, user_id=user.id, email=user.email, is_admin=user.is_admin)


def git_url(base_url: str, repository: Repository) -> str:
    """The address in the form `git://host/owner/name.git`, which events have always had."""
    return f"git://{base_url.partition('://')[2]}/{repository.owner}/{repository.name}.git"


def repository_json(base_url: str, repository: Repository) -> Json:
    """A repository."""
    path = f"{repository.owner}/{repository.name}"
    return {
        "id": repository.id,
        "name": repository.name,
        "full_name": path,
        "owner": user_json(base_url, repository.owner, user_id=repository.owner_id),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "description": repository.description,
        "fork": False,
        "archived": False,
        "default_branch": repository.default_branch,
        "html_url": f"{base_url}/{path}",
        "url": f"{base_url}/api/v1/repos/{path}",
        "clone_url": f"{base_url}/{path}.git",
        "git_url": git_url(base_url, repository),
        "created_at": timestamp(repository.created),
    }


def push_payload(
    base_url: str,
    repository: Repository,
    sender: User,
    update: RefUpdate,
    head: Commit | None,
    change: BranchChange | None,
) -> Json:
    """A push of one ref. `head`: the commit it points at now, `change`: what happened to a branch (None for a tag)."""
    commits = [_commit_json(base_url, repository, pushed) for pushed in change.commits] if change else []
    tip = PushedCommit(head, change.commits[-1].changes if change and change.commits else Changes()) if head else None
    home = f"{base_url}/{repository.owner}/{repository.name}"
    return {
        "ref": update.ref,
        "before": update.before,
        "after": update.after,
        "base_ref": None,
        "created": update.is_creation,
        "deleted": update.is_deletion,
        "forced": change.forced if change else False,
        "compare": f"{home}/compare/{update.before[:12]}...{update.after[:12]}",
        "compare_url": f"{home}/compare/{update.before}...{update.after}",
        "commits": commits,
        "total_commits": change.total if change else 0,
        "head_commit": _commit_json(base_url, repository, tip) if tip else None,
        "repository": repository_json(base_url, repository),
        "pusher": {"name": sender.name, "email": sender.email, "login": sender.name, "id": sender.id},
        "sender": sender_json(base_url, sender),
    }


def ref_payload(base_url: str, repository: Repository, sender: User, ref: str) -> Json:
    """The creation or deletion of a branch or tag."""
    is_tag = ref.startswith("refs/tags/")
    return {
        "ref": ref.removeprefix("refs/tags/").removeprefix("refs/heads/"),
        "ref_type": "tag" if is_tag else "branch",
        "master_branch": repository.default_branch,
        "description": repository.description,
        "pusher_type": "user",
        "repository": repository_json(base_url, repository),
        "sender": sender_json(base_url, sender),
    }


def dispatch_payload(
    base_url: str, repository: Repository, sender: User, workflow: str, ref: str, inputs: dict[str, str]
) -> Json:
    """A manual start. `inputs` are texts here, whatever their type."""
    return {
        "workflow": workflow,
        "ref": ref,
        "inputs": inputs,
        "repository": repository_json(base_url, repository),
        "sender": sender_json(base_url, sender),
    }


def _commit_json(base_url: str, repository: Repository, pushed: PushedCommit) -> Json:
    commit = pushed.commit
    return {
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message.rstrip("\n"),
        "timestamp": commit.committer.when.isoformat(),
        "url": f"{base_url}/{repository.owner}/{repository.name}/commit/{commit.id}",
        "author": _person_json(commit.author),
        "committer": _person_json(commit.committer),
        "added": pushed.changes.of(Kind.ADDED),
        "removed": pushed.changes.of(Kind.REMOVED),
        "modified": pushed.changes.of(Kind.MODIFIED),
    }


def _person_json(person: Person) -> Json:
    return {"name": person.name, "email": person.email, "username": ""}
