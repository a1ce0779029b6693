"""`uses`: what an action reference or a workflow reference may look like."""

from __future__ import annotations

from runyard.language.model import Job, Workflow

WORKFLOW_FOLDERS = (".github/workflows", ".gitea/workflows", ".forgejo/workflows", ".runyard/workflows")
_LOCAL_WORKFLOW = ("./", "$/")
_REMOTE_PARTS = 3


def is_local_action(uses: str) -> bool:
    """Whether the action lies in the checked-out workspace (`./…`) or in the repository of the running file (`$/…`)."""
    return uses.startswith(("./", ".\\", "$/"))


def action_repository(uses: str) -> tuple[str, str] | None:
    """Owner and name of the repository that a remote action lies in, None when the reference is not of that form."""
    before, _, ref = uses.partition("@")
    parts = [part for part in before.replace("\\", "/").split("/") if part]
    if uses.count("@") != 1 or not ref or len(parts) < 2:
        return None
    return parts[0], parts[1]


def action_problem(uses: str) -> str | None:
    """What is wrong with the `uses` of a step."""
    if is_local_action(uses) or uses.startswith("docker://") or action_repository(uses):
        return None
    return f"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{uses}'"


def workflow_problem(uses: str) -> str | None:
    """What is wrong with the `uses` of a job."""
    reason = _local_problem(uses) if uses.startswith(_LOCAL_WORKFLOW) else _remote_problem(uses)
    return reason and f"Invalid workflow reference '{uses}': {reason}"


def called_reference(caller: Workflow, job: Job) -> str:
    """The reference by which the workflow that a job calls is loaded. ValueError for a job that calls none.

    Local forms mean the repository and commit of the calling file. In the file that the run is of they stay as they
    are (`./…`, `$/…`); in a file that was called as `owner/repo/…@ref` they become `owner/repo/…@ref`.
    """
    if job.uses is None:
        raise ValueError(f"job '{job.id}' calls no workflow")
    before, _, version = (caller.path if caller.depth else "").partition("@")
    if not job.uses.startswith(_LOCAL_WORKFLOW) or not version:
        return job.uses
    owner, repository, *_ = before.split("/", 2)
    return f"{owner}/{repository}/{job.uses[2:]}@{version}"


def _local_problem(uses: str) -> str | None:
    kind = "local" if uses.startswith("./") else "self repository"
    if "@" in uses:
        return f"cannot specify version when calling {kind} workflows"
    return _path_problem(uses[2:])


def _remote_problem(uses: str) -> str | None:
    before, _, version = uses.partition("@")
    parts = before.split("/", 2)
    if len(parts) < _REMOTE_PARTS or not parts[0] or not parts[1]:
        return "references to workflows must be prefixed with format 'owner/repository/' or './' for local workflows"
    return _path_problem(parts[2]) or _version_problem(version)


def _path_problem(path: str) -> str | None:
    folder, _, name = path.rpartition("/")
    if not path.startswith(tuple(f"{known}/" for known in WORKFLOW_FOLDERS)):
        return "references to workflows must be rooted in '.github/workflows'"
    if folder not in WORKFLOW_FOLDERS:
        return "workflows must be defined at the top level of the .github/workflows/ directory"
    if not name.endswith((".yml", ".yaml")) or name in (".yml", ".yaml"):
        return "workflow file should have either a '.yml' or '.yaml' file extension"
    return None


def _version_problem(version: str) -> str | None:
    if not version:
        return "no version specified"
    if any(character.isspace() for character in version):
        return "version cannot have whitespace"
    if (
        "@" in version
        or version.endswith((".lock", "/", "."))
        or version.startswith("/")
        or ".." in version
        or "//" in version
    ):
        return f"invalid version: {version}"
    return None
