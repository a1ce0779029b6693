"""The user's git working tree: read only. A checkout is made aside, uncommitted changes included."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from runyard.cli.errors import CommandError

NO_COMMIT = "0" * 40
WORKFLOW_FOLDERS = (".runyard/workflows", ".forgejo/workflows", ".gitea/workflows", ".github/workflows")


class WorkingTree:
    """A git working tree. `root`: its top folder; `sha` (forty zeros before the first commit) and `ref`: what is
    checked out; `message`: that of the newest commit.
    """

    def __init__(self, start: Path) -> None:
        facts = _git(start, "rev-parse", "--show-toplevel", "--symbolic-full-name", "HEAD")
        if facts is None:
            facts = _git(start, "rev-parse", "--show-toplevel")
        if facts is None:
            raise CommandError(f"{start} is not in a git working tree.", "Go to one, or make one here with 'git init'.")
        top, _, ref = facts.partition("\n")
        self.root = Path(top)
        self.ref = ref if ref.startswith("refs/") else "refs/heads/HEAD"
        newest = _git(self.root, "log", "-1", "--format=%H%n%B") or f"{NO_COMMIT}\nLocal run"
        self.sha, _, self.message = newest.partition("\n")

    @cached_property
    def name(self) -> str:
        """OWNER/NAME from the remote `origin`, or local/FOLDER."""
        url = _git(self.root, "config", "--get", "remote.origin.url") or ""
        path = urlsplit(url).path if "://" in url else url.rpartition(":")[2]
        parts = [part for part in path.removesuffix(".git").split("/") if part]
        return "/".join(parts[-2:]) if len(parts) >= 2 else f"local/{self.root.name}"

    @cached_property
    def user(self) -> str:
        """Who works here."""
        return _git(self.root, "config", "user.name") or os.environ.get("USER", "local")

    def workflows(self) -> list[Path]:
        """The workflow files of the first workflow folder that exists, sorted."""
        for folder in WORKFLOW_FOLDERS:
            path = self.root / folder
            if path.is_dir():
                return sorted(file for file in path.iterdir() if file.suffix in (".yml", ".yaml") and file.is_file())
        return []

    def check_out(self, target: Path) -> None:
        """Make `target` a clone that holds every file as it is now: changed, untracked, but not ignored ones.

        The clone borrows this repository's objects, so this is cheap and the history is there.
        """
        _git(self.root, "clone", "--quiet", "--no-checkout", "--shared", str(self.root), str(target))
        if self.sha != NO_COMMIT:
            _git(target, "reset", "--quiet")
        listing = _git(self.root, "ls-files", "-z", "--cached", "--others", "--exclude-standard") or ""
        for name in filter(None, listing.split("\0")):
            source = self.root / name
            if source.is_symlink() or source.is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / name, follow_symlinks=False)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None when it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise CommandError("git is not installed.", "Install git, then try again.") from error
    return os.fsdecode(done.stdout).strip() if done.returncode == 0 else None
