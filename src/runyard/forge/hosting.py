"""Bare repositories on the local disk, found by number only, so that no name ever becomes a path."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from runyard.forge.git import GitError, call

# Old but harmless flaws of public histories; every other fsck finding refuses the push.
_TOLERATED = ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")

_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\thooksPath = /dev/null
[receive]
\tfsckObjects = true
\thideRefs = refs/pull
\tdenyDeleteCurrent = refuse
[receive "fsck"]
{tolerated}
[uploadpack]
\tallowFilter = true
\tallowReachableSHA1InWant = true
\tallowTipSHA1InWant = true
[gc]
\tcruftPacks = true
\tpruneExpire = never
"""


class Hosting:
    """The repositories under one root directory. Objects of a repository are shared with no other one.

    Nothing is ever pruned: a run must be able to fetch its commit after a force push.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, repository_id: int) -> Path:
        """Where the repository with this id is, or would be."""
        if repository_id <= 0:
            raise ValueError(f"repository id {repository_id} is not positive")
        return self.root / f"{repository_id % 256:02x}" / f"{repository_id}.git"

    def exists(self, repository_id: int) -> bool:
        """Whether the repository is on this disk."""
        return (self.path(repository_id) / "HEAD").is_file()

    async def create(self, repository_id: int, default_branch: str = "main") -> Path:
        """Make an empty bare repository and return its path; one that is already there is left as it is.

        It appears under its final path complete or not at all. Raises GitError when git or the disk refuses.
        """
        return await asyncio.to_thread(self._create, repository_id, default_branch)

    def _create(self, repository_id: int, default_branch: str) -> Path:
        final = self.path(repository_id)
        if self.exists(repository_id):
            return final
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix="new-", dir=final.parent))
        except OSError as error:
            raise GitError(f"cannot create a repository under {self.root}: {error.strerror}") from error
        try:
            call(fresh, "init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}", ".")
            tolerated = "\n".join(f"\t{name} = ignore" for name in _TOLERATED)
            (fresh / "config").write_text(_CONFIG.format(tolerated=tolerated))
            fresh.rename(final)
        except OSError as error:
            if not self.exists(repository_id):
                raise GitError(f"cannot create a repository under {self.root}: {error.strerror}") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return final

    async def set_default_branch(self, repository_id: int, branch: str) -> None:
        """Point HEAD at a branch, which need not exist yet."""
        await asyncio.to_thread(call, self.path(repository_id), "symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def delete(self, repository_id: int) -> None:
        """Remove the repository from the disk, if it is there."""
        shutil.rmtree(self.path(repository_id), ignore_errors=True)
