"""`uses: actions/checkout` — built in: git over HTTP from the job's server, or a copy of a local folder."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from runyard.runner.contexts import token_of
from runyard.runner.git import Git, GitError, credentials, origin_of
from runyard.runner.job_run import Post
from runyard.runner.steps.header import mapping_lines, write_header
from runyard.runner.steps.step_run import StepError, StepRun
from runyard.runner.task import Conclusion
from runyard.runner.workspace import remove_tree

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_TRUE = frozenset({"true", "recursive"})


@dataclass(frozen=True, slots=True)
class _Wish:
    """The inputs, with GitHub's defaults."""

    repository: str
    ref: str
    sha: str
    token: str
    directory: str
    depth: int
    clean: bool
    submodules: str
    persist: bool
    tags: bool
    url: str


class CheckoutStep:
    """See Body. Inputs that it does not know are named in a warning."""

    def run(self, step: StepRun) -> Conclusion:
        """Fetch one commit and check it out."""
        given = {name.lower(): value for name, value in step.texts(step.model.with_).items()}
        write_header(step, step.model.uses or "", mapping_lines("with", given))
        wish = _wish(step, given)
        _notice_unsupported(step, given)
        os.makedirs(wish.directory, exist_ok=True)  # noqa: PTH103
        own = wish.repository.lower() == str(step.github.get("repository", "")).lower()
        if step.run.settings.source and own and not given.get("ref"):
            step.run.settings.source(Path(wish.directory))
            step.adopt({"ref": wish.ref, "commit": wish.sha})
            return Conclusion.SUCCESS
        try:
            _fetch(step, wish)
        except GitError as error:
            raise StepError(str(error)) from error
        return Conclusion.SUCCESS


def _wish(step: StepRun, given: dict[str, str]) -> _Wish:
    github = step.github
    repository = given.get("repository") or str(github.get("repository") or "")
    own = repository.lower() == str(github.get("repository") or "").lower()
    server = (given.get("github-server-url") or str(github.get("server_url") or "")).rstrip("/")
    ref = given.get("ref") or (str(github.get("ref") or "") if own else "")
    workspace = step.run.place.workspace
    directory = os.path.normpath(f"{workspace}/{given.get('path', '')}")
    if directory != workspace and not directory.startswith(f"{workspace}/"):
        raise StepError(f"Repository path '{directory}' is not under '{workspace}'")
    if not repository or (not server and not step.run.settings.source):
        raise StepError("There is no repository to check out: the job has no repository or no server.")
    return _Wish(
        repository=repository,
        ref=ref,
        sha=ref if _SHA.fullmatch(ref) else str(github.get("sha") or "") if own and not given.get("ref") else "",
        token=given.get("token", token_of(step.run.task) if own else ""),
        directory=directory,
        depth=_depth(given.get("fetch-depth", "1")),
        clean=given.get("clean", "true").lower() == "true",
        submodules=given.get("submodules", "false").lower(),
        persist=given.get("persist-credentials", "true").lower() == "true",
        tags=given.get("fetch-tags", "false").lower() == "true",
        url=f"{server}/{repository}",
    )


def _depth(text: str) -> int:
    try:
        return max(0, int(text or "1"))
    except ValueError as error:
        raise StepError(f"fetch-depth: '{text}' is not a number.") from error


def _notice_unsupported(step: StepRun, given: dict[str, str]) -> None:
    for name in ("lfs", "ssh-key", "ssh-known-hosts", "sparse-checkout", "filter"):
        if given.get(name, "").lower() not in ("", "false"):
            step.run.log.notice(f"The built-in checkout ignores the input '{name}'.")


def _fetch(step: StepRun, wish: _Wish) -> None:
    git = Git(step.run, wish.directory, wish.url, wish.token)
    is_new = not Path(wish.directory, ".git").exists()
    if is_new:
        _empty(wish.directory)
        git("init", "-q", ".")
        git("remote", "add", "origin", wish.url)
    elif wish.clean:
        git("clean", "-ffdx")
        git("reset", "--hard", "-q")
    refs, target, branch = _refspecs(git, wish)
    depth = [f"--depth={wish.depth}"] if wish.depth else []
    git(
        "-c",
        "protocol.version=2",
        "fetch",
        "-q",
        "--no-tags",
        "--prune",
        "--no-recurse-submodules",
        *depth,
        "origin",
        *refs,
    )
    start = ["-B", branch, target] if branch else [target]
    git("-c", "advice.detachedHead=false", "checkout", "-q", "--force", *start)
    if wish.submodules in _TRUE:
        recursive = ["--recursive"] if wish.submodules == "recursive" else []
        once = [f"--depth={wish.depth}"] if wish.depth else []
        git("-c", "protocol.version=2", "submodule", "update", "--init", "--force", *once, *recursive)
    commit = git("rev-parse", "HEAD")
    step.adopt({"ref": wish.ref, "commit": commit[-1] if commit else ""})
    if wish.persist and wish.token:
        _persist(step, git, wish)


def _refspecs(git: Git, wish: _Wish) -> tuple[list[str], str, str]:
    """What to fetch, what to check out, and the local branch that it becomes (empty: detached)."""
    tags = ["+refs/tags/*:refs/tags/*"] if wish.tags or not wish.depth else []
    everything = ["+refs/heads/*:refs/remotes/origin/*"] if not wish.depth else []
    ref = wish.ref
    if ref.startswith("refs/heads/"):
        branch = ref.removeprefix("refs/heads/")
        remote = f"refs/remotes/origin/{branch}"
        return [*everything, *tags, f"+{wish.sha or ref}:{remote}"], remote, branch
    if ref.startswith("refs/pull/"):
        remote = f"refs/remotes/{ref.removeprefix('refs/')}"
        return [*everything, *tags, f"+{wish.sha or ref}:{remote}"], remote, ""
    if ref.startswith("refs/tags/"):
        return [*everything, *(tags or [f"+{ref}:{ref}"])], ref, ""
    if wish.sha:
        return [*everything, *tags, wish.sha], wish.sha, ""
    if not ref:
        return [*everything, *tags, "+HEAD:refs/remotes/origin/HEAD"], "refs/remotes/origin/HEAD", ""
    full = _full_name(git, wish, ref)
    if full.startswith("refs/tags/"):
        return [*everything, *(tags or [f"+{full}:{full}"])], full, ""
    branch = full.removeprefix("refs/heads/")
    remote = f"refs/remotes/origin/{branch}"
    return [*everything, *tags, f"+{full}:{remote}"], remote, branch


def _full_name(git: Git, wish: _Wish, ref: str) -> str:
    """A branch wins over a tag of the same name."""
    names = {
        line.rpartition("\t")[2] for line in git("ls-remote", "origin", f"refs/heads/{ref}", f"refs/tags/{ref}", ref)
    }
    for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
        if name in names:
            return name
    raise StepError(f"A branch or tag with the name '{ref}' could not be found in {wish.repository}")


def _persist(step: StepRun, git: Git, wish: _Wish) -> None:
    """Later git commands of the job use the token; the post step takes it away."""
    key = f"http.{origin_of(wish.url)}.extraheader"
    config = Path(wish.directory, ".git", "config")
    with config.open("a", encoding="utf-8") as file:
        section, _, name = key.rpartition(".")
        file.write(f'[http "{section.removeprefix("http.")}"]\n\t{name} = {credentials(wish.token)}\n')

    def forget() -> Conclusion:
        if config.exists():
            git.succeeds("config", "--local", "--unset-all", key)
        return Conclusion.SUCCESS

    step.run.posts.append(Post(f"Post {step.title}", forget))


def _empty(directory: str) -> None:
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            os.unlink(entry.path)  # noqa: PTH108
